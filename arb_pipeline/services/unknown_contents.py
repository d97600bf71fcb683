"""Unknown contents of a day, with the expected profit of knowing them."""

from datetime import date

import sqlalchemy as sa

from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.core.contents.missing_parts import missing_parts
from arb_pipeline.services.valuations import analysed_day
from arb_pipeline.services.view import View
from arb_pipeline.storage.postgres import queries


class MissingPart(View):
    """A part that no source states, of the products of a set. Money in dollars."""

    category: str
    set_code: str
    part: str
    products: int
    """Incomplete products that lack it."""
    completes: int
    """Products that lack nothing else."""
    market_price: float
    """Sum of the market prices of the products that it completes."""
    expected_profit: float
    """Expected profit of these products if they are like the known ones of their game."""
    example: str


class UnknownContents(View):
    """Missing parts and completeness on a day."""

    day: date
    known: int
    """Products with complete contents."""
    unknown: int
    parts: list[MissingPart]


def unknown_contents(
    connection: sa.Connection,
    *,
    day: date | None = None,
    category: str | None = None,
    limit: int | None = None,
) -> UnknownContents:
    """The missing parts of a day's valued products, the most valuable first.

    `day`: the newest by default. Raises `NotFoundError` where nothing was valued.
    """
    found_day = analysed_day(connection, day, category)
    query = queries.valuations(connection, day=found_day, category=category)
    frame = queries.frame_of(connection, query)
    if found_day is None or frame.is_empty():
        thing = "valuations"
        raise NotFoundError(thing, value=str(found_day or ""), next_step="`arb run --data DIR` values a day.")
    parts = missing_parts(frame)
    rows = parts.head(limit) if limit else parts
    known = int(frame["contents_complete"].sum())
    return UnknownContents(
        day=found_day,
        known=known,
        unknown=frame.height - known,
        parts=[MissingPart.model_validate(row) for row in rows.to_dicts()],
    )
