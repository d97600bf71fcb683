"""Zip files with reproducible bytes."""

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Bytes of a zip of these members, all dated 1980, so that two builds are byte-equal."""
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        for name, body in members.items():
            archive.writestr(ZipInfo(name), body, compress_type=ZIP_DEFLATED)
    return target.getvalue()
