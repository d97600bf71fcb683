"""Faults that a replayed source can be configured with: names, and their form in text.

Effects are in `response_faults` (content of the answer) and `connection_faults` (transport).
"""

import re
from dataclasses import dataclass

from arb_pipeline.contracts.sources import SOURCES

KINDS: dict[str, str] = {
    "429": "too many requests, without Retry-After",
    "503": "unavailable, without Retry-After",
    "429-retry-after": "too many requests; value: seconds (2)",
    "503-retry-after": "unavailable; value: seconds (2), or 'date' for an HTTP date 3 s ahead",
    "500": "an error of the server",
    "403": "forbidden, as a page",
    "404": "not found, as a page",
    "not-found": "not found, as JSON",
    "empty": "status 200, no byte",
    "login": "status 200, an HTML page that asks to sign in",
    "captcha": "status 200, an HTML page that asks to prove one is human",
    "redirect": "302; value: where to (http://127.0.0.2:9/, another host of this machine)",
    "redirect-private": "302 to a cloud machine's metadata, http://169.254.169.254/latest/",
    "redirect-outside": "302 to https://example.org/x",
    "redirect-disallowed": "302 to /private/x of the same source, which its robots.txt disallows",
    "redirect-loop": "302 from page to page, for ever (once is enough)",
    "stall": "accepts the request and sends nothing",
    "stall-body": "headers and half the body, then nothing",
    "reset": "RST instead of an answer",
    "reset-body": "half the body, then RST",
    "drip": "one byte of the body every 0.5 s",
    "truncated": "half the body, fewer bytes than Content-Length says, then the end",
    "truncated-gzip": "half of a gzip body under a Content-Length that fits: no transport error",
    "truncated-archive": "half of the body itself under a Content-Length that fits",
    "endless": "a chunked body that goes on and on, fast",
    "bomb": "4 MB of gzip that expand to 4 GiB of zeros",
    "wrong-charset": "labelled utf-8 but is not; value: latin-1 (one invalid byte in a string) or utf-16",
    "layout": "fields renamed (JSON keys below the top, CSV columns, XML tags); of others: a login page",
    "price-times": "prices of JSON (also inside 7z) multiplied; value: by what (10)",
    "currency": "USD and EUR swapped in the currency fields of JSON",
    "decimal-comma": "prices of JSON (also inside 7z) as text with a decimal comma",
    "future": "Date and every timestamp of text answers lie one day ahead of now",
    "robots-503": "robots.txt unavailable",
    "robots-404": "no robots.txt",
    "robots-reset": "RST instead of robots.txt",
    "robots-stall": "robots.txt never comes",
    "robots-disallow": "robots.txt disallows everything",
    "robots-delay": "robots.txt asks for a Crawl-delay; value: seconds (3)",
}
"""Kind -> effect."""
DEFAULTS = {
    "429-retry-after": "2",
    "503-retry-after": "2",
    "redirect": "http://127.0.0.2:9/",
    "wrong-charset": "latin-1",
    "price-times": "10",
    "robots-delay": "3",
}
"""Kinds that take a value, with the default."""
NUMBERS = {"429-retry-after", "503-retry-after", "price-times", "robots-delay"}
ALWAYS = -1
ROBOTS = "/robots.txt"
_TOKENS = re.compile(r"/token$")
_OPTION = re.compile(r":(times|value|path)=")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of one source, or of `all`, with the number of requests and the paths it applies to."""

    source: str
    kind: str
    times: int = 1
    """Requests that it applies to, per source; -1: all."""
    path: str = ""
    """A regular expression, searched in the path with its query; '': all but robots.txt and tokens."""
    value: str = ""

    def __post_init__(self) -> None:
        if self.source != "all" and self.source not in SOURCES:
            msg = f"No source {self.source!r}. Known: all, {', '.join(SOURCES)}."
            raise ValueError(msg)
        if self.kind not in KINDS:
            msg = f"No fault {self.kind!r} (of {self.source}). Known: {', '.join(KINDS)}."
            raise ValueError(msg)
        if self.times == 0 or self.times < ALWAYS:
            msg = f"times is {self.times}: a fault shows at least once, or always (-1)."
            raise ValueError(msg)
        try:
            re.compile(self.path)
        except re.error as error:
            msg = f"path is {self.path!r}, which is no regular expression: {error}."
            raise ValueError(msg) from error
        self._check_value()

    def _check_value(self) -> None:
        if self.value and self.kind not in DEFAULTS:
            msg = f"{self.kind} takes no value, but has {self.value!r}. These do: {', '.join(DEFAULTS)}."
            raise ValueError(msg)
        is_number = re.fullmatch(r"\d+(\.\d+)?|\.\d+", self.setting) is not None
        if self.kind in NUMBERS and not (is_number or (self.kind, self.value) == ("503-retry-after", "date")):
            msg = f"{self.kind} needs a number as value, not {self.value!r}."
            raise ValueError(msg)
        if self.kind == "wrong-charset" and self.setting not in {"latin-1", "utf-16"}:
            msg = f"wrong-charset needs latin-1 or utf-16 as value, not {self.value!r}."
            raise ValueError(msg)

    @property
    def setting(self) -> str:
        """The value, else the default of the kind."""
        return self.value or DEFAULTS.get(self.kind, "")

    def hits(self, path: str) -> bool:
        """True if it applies to this path (with its query)."""
        plain = path.partition("?")[0]
        if self.kind.startswith("robots-"):
            return plain == ROBOTS
        if self.path:
            return re.search(self.path, path) is not None
        return plain != ROBOTS and not _TOKENS.search(plain)


def parse_fault(text: str) -> Fault:
    """Reads `SOURCE:KIND[:times=N][:value=V][:path=REGEX]`; V and REGEX may hold colons."""
    head, *rest = _OPTION.split(text)
    source, colon, kind = head.partition(":")
    if not colon:
        msg = f"{text!r} is no fault. Write it as SOURCE:KIND[:times=N][:value=V][:path=REGEX]."
        raise ValueError(msg)
    options = dict(zip(rest[::2], rest[1::2], strict=True))
    times = options.get("times", "1")
    if re.fullmatch(r"-?\d+", times) is None:
        msg = f"times is {times!r} in {text!r}: write a whole number, -1 for always."
        raise ValueError(msg)
    return Fault(source, kind, int(times), options.get("path", ""), options.get("value", ""))
