"""What is wrong with a time in cron's words, as far as numbers and names tell. Dagster evaluates it."""

import re

EXAMPLE = "'0 */4 * * *': minute hour day month weekday"
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ("l",)),
    ("month", 1, 12, MONTHS),
    ("weekday", 0, 7, (*DAYS, "l")),
)
"""Field, its lowest and highest number, and its words."""
STEP = re.compile(r"/[0-9]+")
SIGNS = re.compile(r"[0-9A-Za-z*,/#?-]+")
PARTS = re.compile(r"[0-9]+|[A-Za-z]+")


def fault(text: str) -> str | None:
    """What keeps a text from being a time in cron's words; None if nothing is seen."""
    fields = text.split()
    if len(fields) != len(FIELDS):
        return f"should be five fields of cron, e.g. {EXAMPLE}"
    for said, (name, low, high, words) in zip(fields, FIELDS, strict=True):
        known = f"{low} to {high}{', ' + ', '.join(words) if words else ''}"
        for part in PARTS.findall(STEP.sub("", said)):
            if not (low <= int(part) <= high if part.isdigit() else part.lower() in words):
                return f"has {part!r} as {name}; allowed: {known}, e.g. {EXAMPLE}"
        if not SIGNS.fullmatch(said):
            return f"has {said!r} as {name}; allowed: {known}, with * , - and /, e.g. {EXAMPLE}"
    return None
