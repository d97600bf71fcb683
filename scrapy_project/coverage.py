"""Share of records per required field: a changed layout shows as a suddenly empty field."""

from collections import Counter
from collections.abc import Mapping

from arb_pipeline.sources.parsing import Record

MIN_SHARE = 0.9
"""Least share of a kind's records that have each required field; below it the layout has changed."""


class Coverage:
    """Counter of records and their required fields."""

    def __init__(self, required: Mapping[str, tuple[str, ...]], *, may_be_empty: bool = False) -> None:
        """`required`: kind of record -> its required fields."""
        self._required = required
        self._may_be_empty = may_be_empty
        self._carried: dict[str, Counter[str]] = {kind: Counter() for kind in required}
        self.counts: dict[str, int] = dict.fromkeys(required, 0)
        self.is_known = False
        """True if a whole answer was left unread, since the last package has it."""

    def add(self, kind: str, record: Record) -> None:
        """Counts one record."""
        self.counts[kind] += 1
        carried = self._carried[kind]
        for field in self._required[kind]:
            if record.get(field) not in (None, ""):
                carried[field] += 1

    def shares(self) -> dict[str, dict[str, float]]:
        """Kind -> field -> share of its records that have it."""
        return {
            kind: {field: self._carried[kind][field] / n for field in fields}
            for kind, fields in self._required.items()
            if (n := self.counts[kind])
        }

    def fault(self) -> str:
        """Fault of the answers as a whole; '' for none."""
        if not self._may_be_empty and not self.is_known and not any(self.counts.values()):
            return f"no record at all ({', '.join(self.counts)}): the answers are not what they were"
        for kind, shares in self.shares().items():
            for field, share in shares.items():
                if share < MIN_SHARE:
                    return (
                        f"only {share:.0%} of {self.counts[kind]:,} {kind} records carry {field!r}, expected "
                        f"{MIN_SHARE:.0%} or more: its layout has changed, or it is something else"
                    )
        return ""
