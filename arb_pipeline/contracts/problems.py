"""Problems with one file or record, with reason, value and advice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A file or record that is refused while the rest of the run goes on."""

    where: str
    """The file, and the record in it: `boosters/blb-play.json, sheet 'rare'`."""
    reason: str
    value: str = ""
    advice: str = ""

    def __str__(self) -> str:
        """One line: where, why, the value, what to do."""
        value = f" (it says {self.value[:200]!r})" if self.value else ""
        advice = f" {self.advice}" if self.advice else ""
        return f"{self.where}: {self.reason}{value}.{advice}"
