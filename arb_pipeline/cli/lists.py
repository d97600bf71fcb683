"""`arb opportunities` and `arb valuations`."""

from typing import Annotated

import typer

from arb_pipeline.cli.options import CategoryOption, DateOption, Json, finite, to_day
from arb_pipeline.contracts.choices import ValuationSort
from arb_pipeline.contracts.enums import OpportunityStatus

StatusOption = Annotated[OpportunityStatus, typer.Option(help="State of the opportunities to list.")]
SetOption = Annotated[str | None, typer.Option("--set", help="Only this set, e.g. mh2.")]
MarginOption = Annotated[
    float | None, typer.Option(help="Only margins of at least this many percent.", callback=finite)
]
SortOption = Annotated[ValuationSort, typer.Option(help="Order.")]


def opportunities(
    category: CategoryOption = None,
    status: StatusOption = OpportunityStatus.ACTIVE,
    json: Json = False,
) -> None:
    """What to buy today, best first."""
    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.services import opportunities as service

    with reading() as connection:
        view = service.listed(connection, category=category, status=status)
    if json:
        typer.echo(render.to_json(list(view.opportunities)))
    elif view.opportunities:
        title = f"Opportunities ({status}), analysed for {view.as_of}"
        render.console().print(render.opportunity_table(view.opportunities, title))
    elif view.as_of:
        near = "`arb valuations --sort margin` shows the near misses."
        typer.echo(f"No {status} opportunity as of {view.as_of}. {near}")
    else:
        typer.echo(f"No {status} opportunity. Run `arb run --data DIR` first.")


def valuations(
    category: CategoryOption = None,
    set_code: SetOption = None,
    min_margin: MarginOption = None,
    sort: SortOption = ValuationSort.RANK,
    limit: Annotated[int, typer.Option(min=1, help="How many rows.")] = 30,
    date: DateOption = None,
    json: Json = False,
) -> None:
    """All valued products of a day, also the unpublished, and what kept them from being published."""
    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.services import valuations as service

    day = to_day(date, "--date")
    with reading() as connection:
        view = service.listed(
            connection,
            day=day,
            category=category,
            set_code=set_code,
            min_margin=min_margin,
            sort=sort,
            limit=limit,
        )
    if json:
        typer.echo(render.to_json(list(view.valuations)))
    elif view.valuations:
        title = f"Valuations of {view.as_of}, by {sort}"
        render.console().print(render.opportunity_table(view.valuations, title))
    else:
        when = f" on {view.as_of}" if view.as_of else ""
        typer.echo(f"Nothing valued{when} fits. `arb doctor` lists the days there are.")
