"""`arb opportunities` and `arb valuations`."""

from enum import StrEnum
from typing import Annotated

import typer

from arb_pipeline.cli.options import CategoryOption, DateOption, Json, finite, to_day


class Sort(StrEnum):
    """Order of valuations, best first (names from A)."""

    RANK = "rank"
    MARGIN = "margin"
    PROFIT = "profit"
    CONFIDENCE = "confidence"
    NAME = "name"


class Status(StrEnum):
    """State of an opportunity."""

    ACTIVE = "active"
    EXPIRED = "expired"
    EXECUTED = "executed"
    CANCELLED = "cancelled"


def opportunities(
    category: CategoryOption = None,
    status: Annotated[Status, typer.Option(help="State of the opportunities to list.")] = Status.ACTIVE,
    json: Json = False,
) -> None:
    """What to buy today, best first."""
    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.storage.postgres import queries

    with reading() as connection:
        frame = queries.opportunities(connection, category=category, status=status)
        day = queries.latest_day(connection)
    if json:
        typer.echo(render.as_json(frame))
    elif frame.is_empty():
        near = (
            "`arb valuations --sort margin` shows the near misses."
            if day
            else "Run `arb run --data DIR` first."
        )
        typer.echo(f"No {status} opportunity{f' as of {day}' if day else ''}. {near}")
    else:
        render.console().print(
            render.opportunity_table(frame, f"Opportunities ({status}), analysed for {day}")
        )


def valuations(
    category: CategoryOption = None,
    set_code: Annotated[str | None, typer.Option("--set", help="Only this set, e.g. mh2.")] = None,
    min_margin: Annotated[
        float | None, typer.Option(help="Only margins of at least this many percent.", callback=finite)
    ] = None,
    sort: Annotated[Sort, typer.Option(help="Order.")] = Sort.RANK,
    limit: Annotated[int, typer.Option(min=1, help="How many rows.")] = 30,
    date: DateOption = None,
    json: Json = False,
) -> None:
    """All valued products of a day, also the unpublished, and what kept them from being published."""
    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.storage.postgres import queries

    asked = to_day(date, "--date")
    with reading() as connection:
        day = asked or queries.latest_day(connection)
        frame = queries.valuations(
            connection,
            day=day,
            category=category,
            set_code=set_code,
            min_margin=min_margin,
            sort=sort,
            limit=limit,
        )
    if json:
        typer.echo(render.as_json(frame))
    elif frame.is_empty():
        typer.echo(
            f"Nothing valued{f' on {day}' if day else ''} fits. `arb doctor` tells which days there are."
        )
    else:
        render.console().print(render.opportunity_table(frame, f"Valuations of {day}, by {sort}"))
