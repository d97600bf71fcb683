"""Archives read as streams: what they give, and what they refuse."""

import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Mapping

import pytest

from arb_pipeline.sources.archives import Limits, expanded, members, whole
from arb_pipeline.sources.parsing import LayoutError

YAML = r"[^/]+/data/.*\.yaml"
FILES = {"top/data/a.yaml": b"a: 1", "top/data/b.yaml": b"b: 2", "top/README.md": b"hello"}


def tarred(files: Mapping[str, bytes], *extra: tarfile.TarInfo) -> bytes:
    """A plain tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
        for member in extra:
            archive.addfile(member)
    return buffer.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def read(body: bytes, pattern: str = YAML, **limits: int) -> dict[str, bytes]:
    """The members of an archive."""
    return dict(members(io.BytesIO(body), pattern, limits=Limits(**limits)))


def link(name: str, target: str = "/etc/passwd", kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    """A link as a member."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


PACKINGS: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {
    "tar": tarred,
    "tar.gz": lambda files: gzip.compress(tarred(files)),
    "tar.xz": lambda files: lzma.compress(tarred(files)),
    "tar.gz sent as gzip": lambda files: gzip.compress(gzip.compress(tarred(files))),
    "zip": zipped,
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_members_that_match_are_read_whatever_the_archive(packing: str) -> None:
    assert read(PACKINGS[packing](FILES)) == {"top/data/a.yaml": b"a: 1", "top/data/b.yaml": b"b: 2"}


def test_an_archive_can_be_read_twice_from_one_open_file() -> None:
    file = io.BytesIO(PACKINGS["tar.gz"](FILES))
    assert [dict(members(file, YAML)) for _ in range(2)] == [read(PACKINGS["tar"](FILES))] * 2


@pytest.mark.parametrize("packing", ["tar.gz", "tar.xz", "zip"])
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.99])
def test_a_cut_archive_is_refused_however_much_of_it_is_there(packing: str, kept: float) -> None:
    files = {f"top/data/{n}.yaml": bytes(str(n), "ascii") * 500 for n in range(50)}
    body = PACKINGS[packing](files)
    with pytest.raises(LayoutError):
        read(body[: int(len(body) * kept)])


@pytest.mark.parametrize("packing", ["tar.gz", "tar.xz", "zip"])
def test_a_damaged_byte_is_refused(packing: str) -> None:
    body = bytearray(PACKINGS[packing]({"top/data/a.yaml": bytes(range(256)) * 400}))
    body[len(body) // 2] ^= 0xFF
    with pytest.raises(LayoutError, match="damaged"):
        read(bytes(body))


def test_a_damaged_header_is_not_taken_for_the_end() -> None:
    body = bytearray(tarred({f"top/data/{n}.yaml": b"x" * 600 for n in range(5)}))
    body[1536 * 2] ^= 0xFF  # of the third member
    with pytest.raises(LayoutError, match="data after its end"):
        read(bytes(body))


@pytest.mark.parametrize(
    "name", ["../evil.yaml", "/etc/evil.yaml", "top/../../evil.yaml", "C:/evil.yaml", "top\\..\\evil.yaml"]
)
@pytest.mark.parametrize("packing", [tarred, zipped])
def test_a_member_outside_of_the_archive_is_refused(packing: Callable[..., bytes], name: str) -> None:
    with pytest.raises(LayoutError, match="outside"):
        read(packing({**FILES, name: b"evil"}))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_a_link_or_device_that_would_be_read_is_refused(kind: bytes) -> None:
    with pytest.raises(LayoutError, match="link"):
        read(tarred(FILES, link("top/data/c.yaml", kind=kind)))


def test_a_link_in_a_zip_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("top/data/c.yaml")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(LayoutError, match="link"):
        read(buffer.getvalue())


def test_a_link_that_nobody_asks_for_is_passed_over() -> None:
    assert len(read(tarred(FILES, link("top/latest")))) == 2


@pytest.mark.parametrize("packing", [tarred, zipped])
def test_too_many_members_are_refused(packing: Callable[..., bytes]) -> None:
    with pytest.raises(LayoutError, match="more than 2 members"):
        read(packing(FILES), members=2)


@pytest.mark.parametrize("packing", ["tar.gz", "zip"])
def test_a_member_that_is_too_large_is_refused(packing: str) -> None:
    with pytest.raises(LayoutError, match="more than 1,000 bytes"):
        read(PACKINGS[packing]({"top/data/a.yaml": b"\0" * 1001}), member_bytes=1000)


@pytest.mark.parametrize("packing", ["tar.gz", "tar.xz", "zip"])
def test_an_archive_that_expands_beyond_its_limit_is_refused(packing: str) -> None:
    bomb = PACKINGS[packing]({f"top/data/{n}.yaml": b"\0" * 1_000_000 for n in range(5)})
    assert len(bomb) < 50_000
    with pytest.raises(
        LayoutError, match=r"expands beyond 2,000,000 bytes|would unpack .* to 5,000,000; at most 2,000,000"
    ):
        read(bomb, total_bytes=2_000_000)


@pytest.mark.parametrize(
    "body", [b"", b"<!doctype html><title>Sign in</title>", b'{"error": 1}', b"\0" * 10_240]
)
def test_what_is_no_archive_is_refused(body: bytes) -> None:
    with pytest.raises(LayoutError):
        read(body)


def test_an_archive_without_the_files_that_are_wanted_is_refused() -> None:
    with pytest.raises(LayoutError, match="no member"):
        read(tarred({"top/README.md": b"moved"}))


@pytest.mark.parametrize(
    "body",
    [b"plain", gzip.compress(b"plain"), lzma.compress(gzip.compress(b"plain"))],
    ids=["never", "once", "twice"],
)
def test_compression_is_undone_however_often_it_was_applied(body: bytes) -> None:
    assert whole(io.BytesIO(body)) == b"plain"
    assert expanded(io.BytesIO(body)).readline() == b"plain"


def test_a_file_that_expands_beyond_its_limit_is_refused() -> None:
    with pytest.raises(LayoutError, match="expands beyond 1,000 bytes"):
        whole(io.BytesIO(gzip.compress(b"\0" * 100_000)), limit=1000)
