"""Bounds of archives: little that would unpack to much is refused before it does, and says so."""

import gzip
import io
import lzma
import zipfile
from pathlib import Path

import py7zr
import pytest

from arb_pipeline.sources.archives import MEBIBYTE, Limits, members, whole
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.tables import xlsx_rows
from arb_pipeline.sources.unpack import ArchiveUnreadableError, check_sizes, unpack

BOMB = bytes(100 * MEBIBYTE)


def test_a_7z_that_would_unpack_to_much_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    archive, folder = tmp_path / "prices-2025-10-10.ppmd.7z", tmp_path / "out"
    with py7zr.SevenZipFile(archive, "w", filters=[{"id": py7zr.FILTER_LZMA2, "preset": 1}]) as opened:
        opened.writestr(BOMB, "2025-10-10/1/900/prices")
    assert archive.stat().st_size < MEBIBYTE
    folder.mkdir()
    with pytest.raises(ArchiveUnreadableError, match=r"would unpack to 104,857,600 in 1 files"):
        unpack(archive, folder, r".*/prices")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("packed", "sizes", "is_sound"),
    [
        (3_551_171, {f"{n}": 751_515 for n in range(95)}, True),  # as a real day
        (291_000, {"a": 2_000_000_000}, False),
        (10_000_000, {"a": 64 * MEBIBYTE + 1}, False),
        (10_000_000, {f"{n}": 60 * MEBIBYTE for n in range(18)}, False),
        (10_000_000, dict.fromkeys(map(str, range(100_001)), 1), False),
        (100, {"a": 16 * MEBIBYTE}, True),
        (100, {"a": 16 * MEBIBYTE + 1}, False),
        (100, {}, True),
    ],
)
def test_sizes_are_bounded_per_member_whole_and_by_ratio(
    packed: int,
    sizes: dict[str, int],
    is_sound: bool,
) -> None:
    if is_sound:
        check_sizes(packed, sizes)
    else:
        with pytest.raises(ValueError, match="are allowed"):
            check_sizes(packed, sizes)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress], ids=["gz", "xz"])
def test_a_compressed_file_grows_no_further_than_its_ratio(pack: object) -> None:
    packed = io.BytesIO(pack(BOMB))  # type: ignore[operator]
    with pytest.raises(LayoutError, match="expands beyond 67,108,864 bytes"):
        whole(packed)
    assert whole(io.BytesIO(pack(b"ab" * MEBIBYTE))) == b"ab" * MEBIBYTE  # type: ignore[operator]


def zipped(**bodies: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in bodies.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def test_a_zip_is_refused_by_the_ratio_of_a_member_and_of_the_whole() -> None:
    with pytest.raises(LayoutError, match=r"archive's bomb would unpack .* to 104,857,600"):
        list(members(io.BytesIO(zipped(bomb=BOMB)), "bomb"))
    limits = Limits(free_bytes=MEBIBYTE)
    many = zipped(**{f"m{n}": bytes(MEBIBYTE) for n in range(3)})
    with pytest.raises(LayoutError, match="archive's all members would unpack"):
        list(members(io.BytesIO(many), "m0", limits=limits))


def test_an_xlsx_that_would_unpack_to_much_is_not_opened() -> None:
    with pytest.raises(LayoutError, match=r"list.xlsx: The archive's .*sheet1.* it was not opened"):
        list(xlsx_rows(zipped(**{"xl/worksheets/sheet1.xml": BOMB}), source="list.xlsx", sheet=None))
