"""Unpacks members of a 7z archive in a process of its own.

The PPMd decoder ends its process on some damaged archives (9 of 400 random damages): a damaged file must
fail alone, not the run. Run as a module: ARCHIVE FOLDER PATTERN.
"""

import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from lzma import LZMAError
from pathlib import Path

from arb_pipeline.contracts.errors import InvalidFileError

SECONDS = 600
MOST_MEMBERS = 100_000
MOST_OF_ONE = 64 * 1024 * 1024
MOST_OF_ALL = 1024 * 1024 * 1024
MOST_RATIO = 200
"""Expansion ratio. A real day of TCGCSV has 20: 3.5 MB to 72 MB, in files of up to 0.75 MB."""
FREE = 16 * 1024 * 1024
"""Bytes allowed whatever the ratio."""


class ArchiveUnreadableError(InvalidFileError, ValueError):
    """An archive that does not open; the message names the file and the next step."""


def unpack(archive: Path, folder: Path, pattern: str) -> None:
    """Writes the members whose whole name matches `pattern` under a folder.

    Raises `ArchiveUnreadableError` when the archive is damaged; the folder's content is then unusable.
    """
    command = [sys.executable, "-m", __name__, str(archive), str(folder), pattern]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603 - ours
    except subprocess.TimeoutExpired:
        reason = f"not unpacked within {SECONDS} s"
    else:
        if done.returncode == 0:
            return
        last = done.stderr.strip().splitlines()[-1:] or [f"its decoder ended with {done.returncode}"]
        reason = last[0]
    msg = f"{archive.name} does not open ({reason}). Delete it and fetch it again."
    raise ArchiveUnreadableError(msg)


def _main(archive: str, folder: str, pattern: str) -> None:
    import resource

    import py7zr

    # A header may be wrong: no file may grow beyond the bound, whatever it states.
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_OF_ONE, MOST_OF_ONE))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with py7zr.SevenZipFile(archive) as opened:
        members = opened.list()
        check_sizes(
            Path(archive).stat().st_size, {member.filename: member.uncompressed for member in members}
        )
        wanted = [member.filename for member in members if re.fullmatch(pattern, member.filename)]
        opened.reset()
        opened.extract(path=folder, targets=wanted)


def check_sizes(packed: int, sizes: Mapping[str, int]) -> None:
    """Raises `ValueError` for members that unpack beyond the bounds of size and ratio."""
    total, largest = sum(sizes.values()), max(sizes.values(), default=0)
    allowed = min(MOST_OF_ALL, max(FREE, MOST_RATIO * packed))
    if len(sizes) > MOST_MEMBERS or largest > MOST_OF_ONE or total > allowed:
        msg = (
            f"{packed:,} bytes would unpack to {total:,} in {len(sizes):,} files of up to {largest:,}; at"
            f" most {allowed:,} in {MOST_MEMBERS:,} files of {MOST_OF_ONE:,} are allowed"
        )
        raise ValueError(msg)


if __name__ == "__main__":
    try:
        _main(*sys.argv[1:])
    except (Exception, LZMAError, MemoryError) as error:  # noqa: BLE001 - whatever a damaged header trips over
        sys.exit(f"{type(error).__name__}: {error}")
