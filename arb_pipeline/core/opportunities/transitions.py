"""Transitions by persons, and comparison of a purchase with its forecast (valuation.md 9).

Transitions by analyses are in `lifecycle`; locks and rows are in the store.
"""

from dataclasses import dataclass
from statistics import NormalDist

import polars as pl

from arb_pipeline.contracts.enums import OpportunityStatus
from arb_pipeline.contracts.errors import ConflictError
from arb_pipeline.core.money import round_cents

STATUSES = OpportunityStatus.values()
MAX_NOTES = 500
MAX_QUANTITY = 1_000_000
MAX_CENTS = 10**12
"""Bounds of the columns: 500 characters, and money of ten digits before the point."""


@dataclass(frozen=True, slots=True)
class Act:
    """A change that does not come from an analysis."""

    allowed: tuple[str, ...]
    """States in which it may happen."""
    becomes: str | None
    """The state after it; None: the same."""
    event: str
    needs_purchase: bool = False
    """Only where a purchase is recorded."""


ACTS = {
    "execute": Act(("active",), "executed", "executed"),
    "cancel": Act(("active",), "cancelled", "cancelled"),
    "note": Act(STATUSES, None, "noted"),
    "result": Act(STATUSES, None, "realised", needs_purchase=True),
    "correct": Act(STATUSES, None, "corrected"),
    "expire": Act(("active",), "expired", "expired"),
}

BY_PERSONS = tuple(act.event for name, act in ACTS.items() if name != "expire")
"""Events of transitions by persons."""

_CLOSED = "What is closed stays closed: if it holds on a later day, its analysis opens a new one."
_NOTE = "What else there is to say: `arb opportunity note`."
NEXT = {
    ("result", "active"): "Record the purchase first: `arb opportunity execute`.",
    ("result", "expired"): f"No purchase of it was recorded. {_NOTE}",
    ("result", "cancelled"): f"No purchase of it was recorded. {_NOTE}",
    (
        "execute",
        "executed",
    ): "All pieces of its offer were bought; what they netted: `arb opportunity result`.",
    ("cancel", "executed"): f"It was bought. {_NOTE}",
}


class ActRefusedError(ConflictError, ValueError):
    """An act that its values or the opportunity's state do not allow; the message states what is allowed."""


def check_state(act: str, status: str, name: str, *, bought: int = 0) -> None:
    """Refuses an act that the state of the opportunity `name`, or its pieces bought, do not allow."""
    allowed, needs_purchase = ACTS[act].allowed, ACTS[act].needs_purchase
    if status not in allowed or (needs_purchase and not bought):
        advice = NEXT.get((act, status), f"{_CLOSED} {_NOTE}")
        needed = "bought" if needs_purchase else " or ".join(allowed)
        msg = f"{name} is {status}: {act} needs one that is {needed}. {advice}"
        raise ActRefusedError(msg)


def pieces_left(offered: int | None, bought: int) -> int | None:
    """Pieces of an offer that are left after `bought`; None: any number.

    `offered`: as its source states; None: it states none. Such an offer has at least one piece, and is known
    to have no more: its first purchase takes it, whatever its quantity.
    """
    if offered is None:
        return 0 if bought else None
    return max(0, offered - bought)


def check_left(name: str, quantity: int, left: int | None) -> None:
    """Refuses a purchase of more pieces than are `left` of the offer."""
    if left is not None and quantity > left:
        pieces = f"{left:,} piece{'' if left == 1 else 's'}"
        msg = f"The offer of {name} has {pieces} left: a purchase of {quantity:,} is more."
        raise ActRefusedError(msg)


def check_purchase(quantity: int, price_cents: int) -> None:
    """Refuses a purchase of nothing, for nothing, or beyond what a row holds."""
    if not 1 <= quantity <= MAX_QUANTITY:
        msg = f"A quantity of {quantity:,} is no purchase: 1 to {MAX_QUANTITY:,} pieces."
        raise ActRefusedError(msg)
    if not 1 <= price_cents < MAX_CENTS:
        msg = f"${price_cents / 100:,.2f} is no price of a piece: $0.01 to ${(MAX_CENTS - 1) / 100:,.2f}."
        raise ActRefusedError(msg)


def check_value(value_cents: int) -> None:
    """Refuses a realised value below nothing or beyond what a row holds."""
    if not 0 <= value_cents < MAX_CENTS:
        msg = f"${value_cents / 100:,.2f} is no realised value: $0.00 to ${(MAX_CENTS - 1) / 100:,.2f}."
        raise ActRefusedError(msg)


def check_text(text: str) -> None:
    """Refuses a note that is too long for its column, or that a database cannot hold."""
    if len(text) > MAX_NOTES:
        msg = f"The note has {len(text):,} characters: {MAX_NOTES} at most."
        raise ActRefusedError(msg)
    if "\0" in text:
        msg = "The note holds a NUL character. Write it without."
        raise ActRefusedError(msg)


def compared(purchases: pl.DataFrame) -> pl.DataFrame:
    """Purchases with their forecasts: all pieces of each together, money in cents.

    `purchases`: execution_quantity, execution_price_cents, singles_value_cents (the mean of one piece),
    outcome_sd_cents, contents_sd_cents, price_sd_cents, p5_cents, p95_cents (null: not known) and
    realised_value_cents (null: no result yet). paid_cents, where it is there: the sum paid, which counts
    before quantity x price.

    Adds spent, forecast_profit = N x mean - spent, its sd, forecast_low and forecast_high (p5 and p95 of the
    profit), realised_profit, error = realised - forecast, and whether it lies `within`.

    Pieces are opened independently, but the same prices move for all of them:
    sd = sqrt(N x contents_sd^2 + N^2 x price_sd^2). One piece has the p5 and p95 of its own distribution, and
    pieces whose contents are all guaranteed N times those, as they are one bet. Others have N x mean -+ 1.645
    sd, never below a value of nothing: their sum is taken as normal. Rows from before the parts were stored
    have the spread of their contents alone.
    """
    n = pl.col("execution_quantity")
    z = NormalDist().inv_cdf(0.95)
    spent = n * pl.col("execution_price_cents")
    if "paid_cents" in purchases.columns:
        spent = pl.coalesce("paid_cents", spent)
    value = n * pl.col("singles_value_cents")
    contents_sd = pl.coalesce("contents_sd_cents", "outcome_sd_cents").cast(pl.Float64)
    price_sd = pl.col("price_sd_cents").fill_null(0).cast(pl.Float64)
    sd = pl.when(n == 1).then("outcome_sd_cents").otherwise((n * contents_sd**2 + (n * price_sd) ** 2).sqrt())
    is_bet = pl.col("outcome_sd_cents") > 0
    is_one_bet = (n == 1) | (pl.col("contents_sd_cents") == 0).fill_null(value=False)
    low = pl.when(is_one_bet).then(n * pl.col("p5_cents")).otherwise((value - z * sd).clip(0))
    high = pl.when(is_one_bet).then(n * pl.col("p95_cents")).otherwise(value + z * sd)
    profit = pl.col("realised_value_cents") - spent
    return (
        purchases.with_columns(
            spent_cents=spent,
            forecast_value_cents=value,
            forecast_profit_cents=value - spent,
            forecast_sd_cents=round_cents(sd.cast(pl.Float64)),
            forecast_low_cents=round_cents(pl.when(is_bet).then(low).cast(pl.Float64)) - spent,
            forecast_high_cents=round_cents(pl.when(is_bet).then(high).cast(pl.Float64)) - spent,
            realised_profit_cents=profit,
        )
        .with_columns(error_cents=pl.col("realised_profit_cents") - pl.col("forecast_profit_cents"))
        .with_columns(
            within=pl.col("realised_profit_cents").is_between("forecast_low_cents", "forecast_high_cents")
        )
        .drop("paid_cents", strict=False)
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """Errors of forecasts, over the purchases that have a result."""

    purchases: int
    results: int
    mean_error_cents: int | None
    """Mean of realised - forecast profit; below 0: forecasts promised too much. None without a result."""
    error_of_forecast: float | None
    """Sum of the errors / sum of the forecast values."""
    with_range: int
    """Results that had a p5 to p95 range."""
    within: int
    """Number of these inside the range; 90 % are expected."""


def summed(frame: pl.DataFrame) -> Summary:
    """Summary of the rows of `compared`."""
    done = frame.filter(pl.col("error_cents").is_not_null())
    ranged = done["within"].drop_nulls()
    error, forecast = pl.col("error_cents"), pl.col("forecast_value_cents").cast(pl.Float64)
    mean, share = done.select(round_cents(error.mean()), share=error.sum() / forecast.sum()).row(0)
    return Summary(
        purchases=frame.height,
        results=done.height,
        mean_error_cents=mean,
        error_of_forecast=share if done.height else None,
        with_range=ranged.len(),
        within=int(ranged.sum()),
    )
