"""Output to the terminal: the one sanitiser of text from outside, and how errors are printed.

Names come from sources and from files of users. A terminal must not obey what they hold: escape sequences,
other control characters, and marks that reverse the direction of text.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, cast

import typer

if TYPE_CHECKING:
    from arb_pipeline.contracts.errors import ArbError

KEPT = "\n\t"
"""Control characters of plain text."""


def clean(value: object) -> str:
    """The text without control and format characters; line breaks and tabs stay."""
    return "".join(letter for letter in str(value) if letter.isprintable() or letter in KEPT)


class _Lasting:
    """A text stream that may close or fill up: from then on its output is discarded."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_open = True
        self.failure: OSError | None = None
        """Error that ended the stream; None for a closed pipe."""

    def write(self, text: str) -> int:
        self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def _try(self, do: Callable[[], object]) -> None:
        if not self._is_open:
            return
        try:
            do()
        except OSError as error:
            self._is_open = False
            self.failure = None if isinstance(error, BrokenPipeError) else error
            # Python flushes the stream once more when it ends: that must not fail either.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def lasting_output() -> Iterator[None]:
    """Standard output and error outlive their readers. Streams that a test put in their place stay.

    Output that could not be written (a full disk) ends the process with exit code 1 once the work is done.
    """
    out, err = sys.stdout, sys.stderr
    if out is sys.__stdout__ and out is not None:
        sys.stdout = cast("TextIO", _Lasting(out))
    if err is sys.__stderr__ and err is not None:
        sys.stderr = cast("TextIO", _Lasting(err))
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        failure = getattr(sys.stdout, "failure", None)
        sys.stdout, sys.stderr = out, err
        if failure is not None:
            print_error(f"standard output: {failure.strerror}. The work is done, its output is cut.")
            sys.exit(1)


def echo(value: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Prints sanitised text, and a line break unless `nl` is false."""
    typer.echo(clean(value), err=err, nl=nl)


def print_error(error: "ArbError | str") -> None:
    """One line on standard error: what was refused, and the next step."""
    echo(f"arb: {error}", err=True)
