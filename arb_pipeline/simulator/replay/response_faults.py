"""Content faults: each turns a correct answer into a wrong one. No sockets here."""

import gzip
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import Any

import orjson

from arb_pipeline.simulator.replay.archives import pack_7z, unpack_7z
from arb_pipeline.simulator.replay.faults import Fault
from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer

SEVEN_ZIP = "application/x-7z-compressed"
RETRY_DATE_AHEAD = timedelta(seconds=3)
LOOP = "/loop/"
_PRICE = re.compile(
    r"(?i:price)|^direct|^(low|mid|high|market|trend|avg|average|amount|value|usd|eur|tix)(?![a-z])"
)
_NO_PRICES = {"extendedData"}
"""Holds name/value pairs such as a card's number."""
_NUMBER = re.compile(r"\d+(\.\d+)?")
_MOMENT = re.compile(r"\b20\d\d-\d\d-\d\d(?:([T ])\d\d:\d\d:\d\d)?")
_TIMESTAMP_KEY = re.compile(r"created|updated|modified|^date$", re.IGNORECASE)
_SWAPPED = {"USD": "EUR", "EUR": "USD"}
Change = Callable[[str, Any], Any]
"""Key and scalar -> replacement."""


def page(title: str, text: str = "") -> Answer:
    """An HTML page."""
    html = (
        f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1>{text}</body></html>"
    )
    return Answer(html.encode(), "text/html; charset=utf-8")


LOGIN = page(
    "Sign in", '<form method="post"><input name="user"><input name="password" type="password"></form>'
)
CAPTCHA = page("Are you human?", '<div class="g-recaptcha" data-sitekey="replay"></div>')


def redirected(to: str) -> Answer:
    """302."""
    return Answer(b"", "text/html", status=302, headers={"Location": to})


def _busy(fault: Fault, _origin: str) -> Answer:
    at = format_datetime(datetime.now(UTC) + RETRY_DATE_AHEAD, usegmt=True)
    wait = at if fault.setting == "date" else fault.setting
    return replace(page("Slow down"), status=int(fault.kind[:3]), headers={"Retry-After": wait})


def _error(fault: Fault, _origin: str) -> Answer:
    return replace(page(f"Error {fault.kind}"), status=int(fault.kind.removeprefix("robots-")))


def _robots(text: str) -> Answer:
    return Answer(f"User-agent: *\n{text}".encode(), "text/plain")


def _same(answer: Answer) -> Callable[[Fault, str], Answer]:
    return lambda _fault, _origin: answer


INSTEAD: Mapping[str, Callable[[Fault, str], Answer]] = {
    **dict.fromkeys(("429", "503", "500", "403", "404", "robots-503", "robots-404"), _error),
    **dict.fromkeys(("429-retry-after", "503-retry-after"), _busy),
    "not-found": _same(NOT_FOUND),
    "empty": _same(Answer(b"")),
    "login": _same(LOGIN),
    "captcha": _same(CAPTCHA),
    "redirect": lambda fault, _: redirected(fault.setting),
    "redirect-private": _same(redirected("http://169.254.169.254/latest/")),
    "redirect-outside": _same(redirected("https://example.org/x")),
    "redirect-disallowed": lambda _, origin: redirected(f"{origin}/private/x"),
    "redirect-loop": lambda _, origin: redirected(f"{origin}{LOOP}1"),
    "robots-disallow": _same(_robots("Disallow: /\n")),
    "robots-delay": lambda fault, _: _robots(
        f"Crawl-delay: {fault.setting}\nAllow: /\nDisallow: /private/\n"
    ),
}
"""Kind -> the answer, whatever the request; (fault, origin)."""


def _half(answer: Answer, _value: str) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _half_gzip(answer: Answer, _value: str) -> Answer:
    packed = gzip.compress(answer.body, mtime=0)
    headers = {**answer.headers, "Content-Encoding": "gzip"}
    return replace(answer, body=packed[: len(packed) // 2], headers=headers)


def _kind(answer: Answer) -> str:
    kind = answer.content_type.partition(";")[0].strip()
    is_json = kind == "text/plain" and answer.body[:1] in {b"{", b"["}  # GitHub's label for raw files
    return "application/json" if is_json else kind


def _mislabelled(answer: Answer, charset: str) -> Answer:
    if charset == "utf-16":
        body = answer.body.decode("utf-8", "replace").encode("utf-16")
    else:  # into the first string: of JSON its first value, else the first line after the header
        body = re.sub(rb'(:\s*"|\n)', b"\\1\xe9", answer.body, count=1)
        body = b"\xe9" + body if body == answer.body else body
    return replace(answer, body=body, content_type=f"{answer.content_type.partition(';')[0]}; charset=utf-8")


def _renamed(answer: Answer, _value: str) -> Answer:
    match _kind(answer):
        case "application/json":
            body = orjson.dumps(_suffixed(orjson.loads(answer.body)))
        case "text/csv":
            header, newline, rows = answer.body.partition(b"\n")
            body = re.sub(rb'("?)(,|\r?$)', rb"_v2\1\2", header, flags=re.MULTILINE) + newline + rows
        case "application/xml" | "text/xml":
            body = re.sub(rb"(</?[\w:]+)", rb"\1_v2", answer.body)
        case _:
            return LOGIN
    return replace(answer, body=body)


def _suffixed(node: Any, depth: int = 0) -> Any:
    if isinstance(node, list):
        return [_suffixed(child, max(depth, 1)) for child in node]
    if isinstance(node, dict):
        return {f"{key}_v2" if depth else key: _suffixed(child, 1) for key, child in node.items()}
    return node


def _changed(answer: Answer, change: Change) -> Answer:
    if _kind(answer) == SEVEN_ZIP:
        members = {name: _rewritten(body, change) for name, body in unpack_7z(answer.body).items()}
        return replace(answer, body=pack_7z(members, answer.modified))
    if _kind(answer) == "application/json" and answer.body:
        return replace(answer, body=_rewritten(answer.body, change))
    return answer


def _rewritten(body: bytes, change: Change) -> bytes:
    return orjson.dumps(_walked(orjson.loads(body), "", change))


def _walked(node: Any, key: str, change: Change) -> Any:
    if isinstance(node, dict):
        return {k: v if k in _NO_PRICES else _walked(v, k, change) for k, v in node.items()}
    if isinstance(node, list):
        return [_walked(child, key, change) for child in node]
    return change(key, node)


@cache
def _is_price(key: str) -> bool:
    """Cached: a real day's archive calls it 3.5 million times."""
    return _PRICE.search(key) is not None


def _price(key: str, value: Any) -> float | None:
    """The number in a price field, which many sources write as text."""
    if not _is_price(key) or isinstance(value, bool):
        return None
    is_number = isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value))
    return float(value) if is_number else None


def _times(answer: Answer, factor: str) -> Answer:
    return _changed(answer, lambda key, value: _product(key, value, float(factor)))


def _comma(answer: Answer, _value: str) -> Answer:
    return _changed(answer, _european)


def _swapped(answer: Answer, _value: str) -> Answer:
    return _changed(answer, lambda key, v: _SWAPPED.get(v, v) if "currency" in key.lower() else v)


def _product(key: str, value: Any, factor: float) -> Any:
    price = _price(key, value)
    if price is None:
        return value
    return f"{price * factor:.2f}" if isinstance(value, str) else round(price * factor, 2)


def _european(key: str, value: Any) -> Any:
    price = _price(key, value)
    return value if price is None else f"{price:.2f}".replace(".", ",")


def _ahead(answer: Answer, _value: str) -> Answer:
    moment = datetime.now(UTC) + timedelta(days=1)

    def later(text: str) -> str:
        return _MOMENT.sub(lambda m: moment.strftime(f"%Y-%m-%d{m[1]}%H:%M:%S" if m[1] else "%Y-%m-%d"), text)

    answer = replace(answer, headers={**answer.headers, "Date": format_datetime(moment, usegmt=True)})
    if _kind(answer) == "application/json":
        return _changed(
            answer,
            lambda key, v: later(v) if isinstance(v, str) and _TIMESTAMP_KEY.search(key) else v,
        )
    if _kind(answer).startswith("text/") or _kind(answer).endswith("xml"):
        return replace(answer, body=later(answer.body.decode()).encode())
    return answer


SPOILT: Mapping[str, Callable[[Answer, str], Answer]] = {
    "truncated-archive": _half,
    "truncated-gzip": _half_gzip,
    "wrong-charset": _mislabelled,
    "layout": _renamed,
    "price-times": _times,
    "decimal-comma": _comma,
    "currency": _swapped,
    "future": _ahead,
}
"""Kind -> the faulty answer; (correct answer, the fault's value)."""
