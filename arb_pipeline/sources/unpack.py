"""Unpacks members of a 7z archive in a process of its own.

The PPMd decoder ends its process on some damaged archives (9 of 400 random damages were seen to): a
damaged file must cost one file, not the run. Run as a module: ARCHIVE FOLDER PATTERN.
"""

import re
import subprocess
import sys
from lzma import LZMAError
from pathlib import Path

from arb_pipeline.contracts.errors import InvalidFileError

SECONDS = 600


class ArchiveUnreadableError(InvalidFileError, ValueError):
    """An archive that does not open; the message names the file and what to do."""


def unpack(archive: Path, folder: Path, pattern: str) -> None:
    """Writes the members whose whole name matches `pattern` under a folder.

    Raises `ArchiveUnreadableError` when the archive is damaged; what is in the folder then is no use.
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
    import py7zr

    with py7zr.SevenZipFile(archive) as opened:
        wanted = [name for name in opened.getnames() if re.fullmatch(pattern, name)]
        opened.reset()
        opened.extract(path=folder, targets=wanted)


if __name__ == "__main__":
    try:
        _main(*sys.argv[1:])
    except (Exception, LZMAError, MemoryError) as error:  # noqa: BLE001 - whatever a damaged header trips over
        sys.exit(f"{type(error).__name__}: {error}")
