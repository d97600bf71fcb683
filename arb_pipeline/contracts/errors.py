"""Errors that a user can meet. The command line and the API translate `ArbError`, and no other type.

Raise the kind that fits, or a subclass of it: the kind decides the exit code of `arb` and the HTTP status. A
fault of the program is no `ArbError`: it keeps its traceback.
"""

from enum import Enum
from typing import Any, ClassVar

SHOWN = 200
"""Characters of a value that a message quotes."""


class _NotGiven(Enum):
    """A type of one value, which survives pickling."""

    NOT_GIVEN = 0


NOT_GIVEN = _NotGiven.NOT_GIVEN
"""Marker of an error without a value."""


class ArbError(Exception):
    """A refusal or failure: the thing, its value, what was allowed, and the next step.

    `thing` alone may be a whole sentence. With a value the message reads
    "`thing` is `value`; allowed: `allowed`. `next_step`".
    """

    kind: ClassVar[str] = "failed"
    """Stable name of the kind, for scripts and API clients."""
    exit_code: ClassVar[int] = 1
    """1: refused or failed. 2: wrong use."""
    status: ClassVar[int] = 500
    """HTTP status."""

    def __init__(
        self, thing: str, *, value: object = NOT_GIVEN, allowed: str = "", next_step: str = ""
    ) -> None:
        """`value`: as given by the user; leave it out for a secret."""
        super().__init__(thing)
        self.thing = thing
        self.value = value
        self.allowed = allowed
        self.next_step = next_step

    def __str__(self) -> str:
        """One or two sentences."""
        text = self.thing if self.value is NOT_GIVEN else f"{self.thing} is {_quoted(self.value)}"
        if self.allowed:
            text = f"{text}; allowed: {self.allowed}"
        is_composed = self.value is not NOT_GIVEN or self.allowed or self.next_step
        if is_composed and not text.endswith((".", "!", "?")):
            text += "."
        return f"{text} {self.next_step}".rstrip()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles without the constructor's arguments: errors cross from workers to the API."""
        return _restored, (type(self), self.args, self.__dict__)

    def fields(self) -> dict[str, Any]:
        """The parts for a machine: kind, message, thing, value, allowed, next_step; null where not given."""
        return {
            "kind": self.kind,
            "message": str(self),
            "thing": self.thing,
            "value": None if self.value is NOT_GIVEN else _plain(self.value),
            "allowed": self.allowed or None,
            "next_step": self.next_step or None,
        }


class FailedError(ArbError):
    """A step failed: a crawl, a build, a process."""


class InvalidInputError(ArbError):
    """An invalid argument, file or request body."""

    kind = "invalid_input"
    exit_code = 2
    status = 422


class InvalidFileError(InvalidInputError):
    """A file of the user's, such as a price list or parameters, that does not read."""

    kind = "invalid_file"
    exit_code = 1


class NotFoundError(ArbError):
    """A product, opportunity, day or file that does not exist."""

    kind = "not_found"
    status = 404


class AmbiguousError(ArbError):
    """A name that fits several things."""

    kind = "ambiguous"
    status = 409


class ConflictError(ArbError):
    """A request that conflicts with the present state."""

    kind = "conflict"
    status = 409


class NotEnoughDataError(ArbError):
    """Missing data for a figure."""

    kind = "not_enough_data"
    status = 409


class ConfigurationError(ArbError):
    """A setting, key or rule file that is missing or wrong."""

    kind = "configuration"
    status = 503


class UnavailableError(ArbError):
    """A database, engine or source that cannot be reached now."""

    kind = "unavailable"
    status = 503


def _restored(kind: type[ArbError], args: tuple[Any, ...], state: dict[str, Any]) -> ArbError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


def _quoted(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _plain(value: object) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
