"""Texts of messages: plain text, for mail and chat alike. Scraped names are made harmless."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from arb_pipeline.contracts.enums import AlertEvent, Exit
from arb_pipeline.core.alerting.changes import Notice, Opportunity
from arb_pipeline.core.alerting.incidents import COUNTED
from arb_pipeline.core.chance import chance as probability

CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
MOST_NAME = 120
MOST_WHY = 300
HEADS = {event.value: event.capitalize() for event in AlertEvent}


@dataclass(frozen=True, slots=True)
class Item:
    """Title and body of one row of the outbox."""

    event: str
    title: str
    body: str


def harmless(text: str, most: int = MOST_NAME) -> str:
    """One line without mentions: `@everyone` in a product's name would call a whole channel."""
    line = CONTROL.sub(" ", text).replace("@", "@\u200b").strip()
    return line if len(line) <= most else f"{line[: most - 1]}\u2026"


def money(cents: int | None) -> str:
    """$1,234.56, -$2.31, or a dash."""
    if cents is None:
        return "-"
    return f"{'-' if cents < 0 else ''}${abs(cents) / 100:,.2f}"


def item(notice: Notice) -> Item:
    """Title and body of an alert on one opportunity: price, net value, probability, change, age."""
    o = notice.opportunity
    name = f"{harmless(o.name)}{f' ({harmless(o.set_code)})' if o.set_code else ''}"
    if notice.event is AlertEvent.GONE:
        title = f"Gone: {name}"
        body = f"{name} is no longer worth buying, as of the analysis after {o.as_of}. Do not act on it."
        return Item(notice.event, title, body)
    title = f"{HEADS[notice.event]}: {name} {_signed(o.profit_cents)} ({o.margin_bps / 100:.2f} %)"
    chance = "not known" if o.p_profit is None else probability(o.p_profit)
    lines = [
        f"{name}: buy at {money(o.price_cents)}, nets {money(o.value_cents)}{_spread(o)}.",
        f"Profit {money(o.profit_cents)} ({o.margin_bps / 100:.2f} %).",
        f"P(profit) {chance}, confidence {o.confidence:.2f}, risk {o.risk}, analysed for {o.as_of}.",
    ]
    if o.quick_sale_cents is not None:
        lines.append(f"Sold at once, at the lowest asks, it nets {money(o.quick_sale_cents)}.")
    if o.exit == Exit.RESALE:
        lines.append(f"Resold unopened it nets more, {money(o.resale_cents)}: keep it closed.")
    if notice.before:
        b = notice.before
        risk = f", risk {b.risk}" if b.risk != o.risk else ""
        lines.append(f"Last notified: buy at {money(b.price_cents)}, profit {money(b.profit_cents)}{risk}.")
    if o.flags:
        lines.append(f"Mind: {', '.join(flag.replace('_', ' ') for flag in o.flags)}.")
    if o.why:
        lines.append(harmless(o.why, MOST_WHY))
    if o.url:
        lines.append(o.url)
    return Item(notice.event, title, "\n".join(lines))


def message(rule: str, items: Sequence[Item], message_id: str) -> tuple[str, str]:
    """Title and body of one message; its last line has its id, so that a repeat is recognisable."""
    if len(items) == 1:
        title = items[0].title
    else:
        kinds = [(i.event, "" if i.event in HEADS else i.title.partition(":")[0]) for i in items]
        counts = ", ".join(_counted(*kind, n) for kind, n in Counter(kinds).items())
        title = f"{len(items)} alerts: {counts}"
    parts = [i.body if len(items) == 1 else f"{i.title}\n{i.body}" for i in items]
    return title, "\n\n".join([*parts, f"-- arb, rule {rule}, message {message_id[:8]}"])


def _counted(event: str, head: str, number: int) -> str:
    """Count of a kind of alert: `2 new`; of incidents, their subject: `4 stale sources`."""
    one, several = COUNTED.get(head, (event, event))
    return f"{number} {one if number == 1 else several}"


def _spread(o: Opportunity) -> str:
    """Range of the net value at the sale, p5 to p95, in text: of what is opened and how prices move."""
    if o.p5_cents is None or o.p95_cents is None:
        return ""
    if o.p5_cents != o.p95_cents:
        return f", {money(o.p5_cents)} to {money(o.p95_cents)} at the sale in 9 of 10 cases"
    return f", {money(o.p5_cents)} at the sale in 9 of 10 cases"


def _signed(cents: int) -> str:
    return f"+{money(cents)}" if cents > 0 else money(cents)
