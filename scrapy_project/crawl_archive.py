"""The crawl folder: every answer's bytes under `files/`, and a journal line for each complete one.

An answer without a journal line does not count. A crawl after an interrupted one reuses the answers here
instead of fetching them again.
"""

import hashlib
import os
import zlib
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from arb_pipeline.contracts.crawling import FILES, JOURNAL_FILE, RECORDS_FILE, Kept

CHUNK = 1024 * 1024
MAX_AGE = timedelta(hours=12)
"""Age limit of reused answers of an interrupted crawl; older ones are fetched again."""


class DamagedBodyError(ValueError):
    """An answer whose bytes are truncated or do not decode."""


class EndlessBodyError(DamagedBodyError):
    """An answer that expands beyond its source's limit; it is not retried."""


def key_of(method: str, url: str, body: bytes) -> str:
    """Key of a request."""
    return hashlib.sha256(b"\0".join((method.encode(), url.encode(), body))).hexdigest()


class Archive:
    """One crawl's answers."""

    def __init__(self, folder: Path, *, max_expanded: int, now: datetime) -> None:
        """`max_expanded`: bytes that a compressed answer may grow to."""
        self.folder = folder
        self._max_expanded = max_expanded
        self._now = now
        self._kept: dict[str, Kept] = {}
        (folder / FILES).mkdir(parents=True, exist_ok=True)
        self._resume()
        (folder / RECORDS_FILE).unlink(missing_ok=True)  # rewritten from the archived answers

    @property
    def used(self) -> tuple[Kept, ...]:
        """The answers of this crawl, in the order of their files."""
        return tuple(
            sorted((k for k in self._kept.values() if k.key in self._requested), key=lambda k: k.file)
        )

    def get(self, key: str) -> Kept | None:
        """A previously archived answer, marked as used."""
        kept = self._kept.get(key)
        if kept is not None:
            self._requested.add(key)
        return kept

    def path(self, kept: Kept) -> Path:
        """Path of its bytes."""
        return self.folder / FILES / kept.file

    def put(
        self,
        url: str,
        file: str,
        body: bytes,
        *,
        key: str = "",
        is_gzip: bool = False,
        etag: str = "",
        last_modified: str = "",
        part: str = "",
    ) -> Kept:
        """Archives an answer. Raises `DamagedBodyError` for gzip that is truncated or expands without end."""
        if is_gzip:
            check_gzip(body, self._max_expanded)
            file += ".gz"
        kept = Kept(
            key=key or key_of("GET", url, b""),
            url=url,
            file=file,
            sha256=hashlib.sha256(body).hexdigest(),
            bytes=len(body),
            etag=etag,
            last_modified=last_modified,
            is_gzip=is_gzip,
            fetched_at=datetime.now(UTC).isoformat(timespec="seconds"),
            part=part,
        )
        path = self.path(kept)
        if not path.resolve().is_relative_to((self.folder / FILES).resolve()):
            msg = f"{file!r} leads out of the package"
            raise ValueError(msg)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as opened:
            opened.write(body)
            opened.flush()
            os.fsync(opened.fileno())
        with (self.folder / JOURNAL_FILE).open("ab") as journal:
            journal.write(orjson.dumps(asdict(kept)) + b"\n")
        self._kept[kept.key] = kept
        self._requested.add(kept.key)
        return kept

    def discard(self, key: str) -> None:
        """Removes an invalid answer."""
        kept = self._kept.pop(key)
        self._requested.discard(key)
        self.path(kept).unlink(missing_ok=True)

    def _resume(self) -> None:
        """Reads the journal of an interrupted crawl: complete and recent lines and files."""
        self._requested: set[str] = set()
        journal = self.folder / JOURNAL_FILE
        for line in journal.read_bytes().splitlines() if journal.exists() else ():
            try:
                kept = Kept(**orjson.loads(line))
                age = self._now - datetime.fromisoformat(kept.fetched_at)
                is_whole = hashlib.sha256(self.path(kept).read_bytes()).hexdigest() == kept.sha256
            except (ValueError, TypeError, OSError):
                continue  # truncated by the crash
            if is_whole and age < MAX_AGE:
                self._kept[kept.key] = kept
        if journal.exists() and not journal.read_bytes().endswith(b"\n"):
            with journal.open("ab") as cut:  # else the next line would be lost with the truncated one
                cut.write(b"\n")


def check_gzip(body: bytes, max_expanded: int) -> None:
    """Reads gzip to its trailer. Raises `DamagedBodyError`."""
    for _ in _expanded(body, max_expanded):
        pass


def expand(body: bytes, max_expanded: int) -> bytes:
    """The content of gzip. Raises `DamagedBodyError`."""
    return b"".join(_expanded(body, max_expanded))


def starts(body: bytes, start: bytes) -> bool:
    """True if the content of gzip begins with these bytes."""
    return zlib.decompressobj(wbits=31).decompress(body, len(start)) == start


def _expanded(body: bytes, limit: int):  # noqa: ANN202 - an iterator of bytes
    decoder, expanded, rest = zlib.decompressobj(wbits=31), 0, body
    try:
        while not decoder.eof or rest:
            if decoder.eof:  # another member follows (RFC 1952, 2.2), or garbage
                decoder = zlib.decompressobj(wbits=31)
            chunk = decoder.decompress(rest, CHUNK)
            expanded += len(chunk)
            if expanded > limit:
                msg = f"its {len(body):,} bytes of gzip expand beyond {limit:,}"
                raise EndlessBodyError(msg)
            rest = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
            if not chunk and not rest and not decoder.eof:
                msg = f"its gzip ends before its trailer, after {len(body):,} bytes"
                raise DamagedBodyError(msg)
            yield chunk
    except zlib.error as error:
        msg = f"its gzip does not decode: {error}"
        raise DamagedBodyError(msg) from error
