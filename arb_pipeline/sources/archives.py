"""Archives and compressed files, read as streams: members by name, within limits.

tar (plain, gzip, xz) and zip, recognised by their first bytes. Nothing is written to disk. A file
that is truncated or damaged, names a member outside of its folder, or grows beyond the limits raises
`LayoutError`. Parsers and readers share this module: it imports no Scrapy.
"""

import gzip
import io
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from arb_pipeline.sources.parsing import SHOWN, LayoutError

CHUNK = 1024 * 1024
MEBIBYTE = 1024 * 1024
GZIP, XZ, ZIP = b"\x1f\x8b", b"\xfd7zXZ\x00", b"PK\x03\x04"
LAYERS = 3
"""Layers of gzip: a transfer may gzip an already gzipped file; no source has more."""
DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile)
_UNSAFE = re.compile(r"\\|^/|^[A-Za-z]:|\x00")


@dataclass(frozen=True, slots=True)
class Limits:
    """Size limits of an archive, in bytes."""

    members: int = 50_000
    member_bytes: int = 256 * MEBIBYTE
    """Bytes of one member that is read."""
    total_bytes: int = 4096 * MEBIBYTE
    """Bytes of all members, read or skipped."""
    ratio: int = 200
    """Expansion ratio of a member and of the whole. Text of sources has 5 to 40."""
    free_bytes: int = 64 * MEBIBYTE
    """Bytes allowed whatever the ratio: small files of one repeated line are valid."""

    def expanded(self, packed: int, limit: int) -> int:
        """Bytes that so many packed bytes may expand to."""
        return min(limit, max(self.free_bytes, self.ratio * packed))


LIMITS = Limits()


def expanded(file: BinaryIO, *, limit: int = LIMITS.total_bytes) -> io.BufferedReader:
    """The file from its start, with gzip and xz undone. It and its reads raise `LayoutError`."""
    inner: Any = file
    packed = file.seek(0, io.SEEK_END)
    try:
        for _ in range(LAYERS):
            inner.seek(0)
            start = inner.read(len(XZ))
            inner.seek(0)
            if start.startswith(GZIP):
                inner = gzip.GzipFile(fileobj=inner, mode="rb")
            elif start.startswith(XZ):
                inner = lzma.LZMAFile(inner)  # noqa: SIM115 - the caller closes the file
            else:
                break
    except DAMAGE as error:
        raise LayoutError(_damaged(error)) from error
    if inner is not file:
        limit = LIMITS.expanded(packed, limit)
    return io.BufferedReader(_Bounded(inner, limit), CHUNK)


def whole(file: BinaryIO, *, limit: int = LIMITS.member_bytes) -> bytes:
    """The whole content, with gzip, xz and a byte order mark undone. Raises `LayoutError`."""
    return expanded(file, limit=limit).read().removeprefix(BOM_UTF8)


def members(file: BinaryIO, pattern: str, *, limits: Limits = LIMITS) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the members whose whole name matches. Raises `LayoutError`, also where none does."""
    wanted = re.compile(pattern)
    file.seek(0)
    read = _zipped if file.read(len(ZIP)) == ZIP else _tarred
    n_found = 0
    try:
        for name, body in read(file, wanted, limits):
            n_found += 1
            yield name, body
    except DAMAGE as error:
        raise LayoutError(_damaged(error)) from error
    if not n_found:
        msg = f"The archive has no member named like {pattern!r}: it is not what the source publishes."
        raise LayoutError(msg)


def _tarred(file: BinaryIO, wanted: re.Pattern[str], limits: Limits) -> Iterator[tuple[str, bytes]]:
    stream = expanded(file, limit=limits.total_bytes)
    start = stream.peek(SHOWN)[:SHOWN]
    if start.lstrip()[:1] in (b"<", b"{", b"["):
        msg = f"This is no archive, it starts with {start.decode('utf-8', 'replace')!r}."
        raise LayoutError(msg)
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for n, member in enumerate(archive, start=1):
            _check_count(n, limits)
            name = _checked(member.name)
            if not wanted.fullmatch(name) or member.isdir():
                continue
            # An unread link is harmless here: nothing is unpacked.
            content = None if member.issym() or member.islnk() else archive.extractfile(member)
            if content is None:
                raise LayoutError(_no_file(name))
            if member.size > limits.member_bytes:
                raise LayoutError(_too_large(name, limits))
            yield name, content.read()
        # tarfile takes a damaged header for the end; and the check sums of gzip and xz come last.
        rest: Any = archive.fileobj
        while chunk := rest.read(CHUNK):
            if chunk.strip(b"\0"):
                msg = f"The archive is damaged: there is data after its end, {chunk.strip(bytes(1))[:20]!r}."
                raise LayoutError(msg)


def _zipped(file: BinaryIO, wanted: re.Pattern[str], limits: Limits) -> Iterator[tuple[str, bytes]]:
    total = 0
    with zipfile.ZipFile(file) as archive:
        check_zip(archive, limits=limits)
        for entry in archive.infolist():
            name = _checked(entry.filename)
            if not wanted.fullmatch(name) or entry.is_dir():
                continue
            mode = entry.external_attr >> 16
            if stat.S_ISLNK(mode) or entry.flag_bits & 1:
                raise LayoutError(_no_file(name))
            try:
                with archive.open(entry) as content:
                    body = content.read(limits.member_bytes + 1)
            except NotImplementedError as error:
                raise LayoutError(_damaged(error)) from error
            total += len(body)
            if len(body) > limits.member_bytes:
                raise LayoutError(_too_large(name, limits))
            if total > limits.total_bytes:
                raise LayoutError(_grown(limits.total_bytes))
            yield name, body


def check_zip(archive: zipfile.ZipFile, *, limits: Limits = LIMITS) -> None:
    """Raises `LayoutError` for a zip of too many members, or one that would unpack beyond size or ratio.

    It reads the directory only: zipfile never unpacks more of a member than the directory says.
    """
    entries = archive.infolist()
    _check_count(len(entries), limits)
    for entry in entries:
        _check_size(entry.filename, entry.compress_size, entry.file_size, limits.total_bytes, limits)
    packed, unpacked = sum(e.compress_size for e in entries), sum(e.file_size for e in entries)
    _check_size("all members", packed, unpacked, limits.total_bytes, limits)


def _check_size(name: str, packed: int, unpacked: int, limit: int, limits: Limits) -> None:
    allowed = limits.expanded(packed, limit)
    if unpacked > allowed:
        msg = (
            f"The archive's {name!s:.200} would unpack {packed:,} bytes to {unpacked:,}; at most {allowed:,}"
            " are allowed. Nothing of it is used."
        )
        raise LayoutError(msg)


def _check_count(n: int, limits: Limits) -> None:
    if n > limits.members:
        msg = f"The archive has more than {limits.members:,} members; nothing of it is used."
        raise LayoutError(msg)


def _checked(name: str) -> str:
    """A member's name. Raises `LayoutError` for one that leads out of the archive."""
    name = name.removeprefix("./")
    if _UNSAFE.search(name) or ".." in PurePosixPath(name).parts:
        msg = f"The archive names a member outside of its folder, {name!r}; nothing of it is used."
        raise LayoutError(msg)
    return name


def _damaged(error: Exception) -> str:
    return f"The file is cut short or damaged ({type(error).__name__}: {error}); nothing of it is used."


def _no_file(name: str) -> str:
    return f"The archive's member {name!r} is a link, encrypted, or no file; nothing of it is used."


def _too_large(name: str, limits: Limits) -> str:
    return f"The archive's member {name!r} has more than {limits.member_bytes:,} bytes; nothing is used."


def _grown(limit: int) -> str:
    return f"The file expands beyond {limit:,} bytes; nothing of it is used."


class _Bounded(io.RawIOBase):
    """A stream with a limit of bytes."""

    def __init__(self, inner: Any, limit: int) -> None:
        super().__init__()
        self._inner = inner
        self._limit = limit
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        try:
            chunk = self._inner.read(len(buffer))
        except DAMAGE as error:
            raise LayoutError(_damaged(error)) from error
        self._read += len(chunk)
        if self._read > self._limit:
            raise LayoutError(_grown(self._limit))
        buffer[: len(chunk)] = chunk
        return len(chunk)
