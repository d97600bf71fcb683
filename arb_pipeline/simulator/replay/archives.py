"""Archives with reproducible bytes: independent of clock, user and directory order."""

import gzip
import io
import lzma
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime

import py7zr
from py7zr.helpers import ArchiveTimestamp
from py7zr.io import BytesIOFactory

from arb_pipeline.simulator.writers import PPMD

BUILT = datetime(2026, 1, 1, tzinfo=UTC)
LARGEST_MEMBER = 1 << 30


def pack_7z(members: Mapping[str, bytes], at: datetime = BUILT) -> bytes:
    """A PPMd 7z, as TCGCSV publishes them."""
    buffer, stamp = io.BytesIO(), ArchiveTimestamp.from_datetime(at.timestamp())
    with py7zr.SevenZipFile(buffer, "w", filters=PPMD) as archive:
        for name, body in members.items():
            archive.writestr(body, name)
        for member in archive.header.files_info.files:
            member["lastwritetime"] = stamp
    return buffer.getvalue()


def unpack_7z(body: bytes) -> dict[str, bytes]:
    """Its members by name."""
    factory = BytesIOFactory(LARGEST_MEMBER)
    with py7zr.SevenZipFile(io.BytesIO(body)) as archive:
        archive.extract(factory=factory)
    return {name: member.read() for name, member in factory.products.items()}


def tar(members: Mapping[str, bytes], compression: str) -> bytes:
    """A tar, compressed with `xz` or `gz`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, body in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(body), int(BUILT.timestamp())
            archive.addfile(entry, io.BytesIO(body))
    plain = buffer.getvalue()
    # The lowest presets: a replay needs speed, not small files.
    return lzma.compress(plain, preset=0) if compression == "xz" else gzip.compress(plain, 1, mtime=0)
