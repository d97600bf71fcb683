"""`arb opportunities` and `arb valuations`."""

from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import MOST_ROWS, CategoryOption, DateOption, Json, finite, to_day
from arb_pipeline.cli.terminal import echo
from arb_pipeline.contracts.choices import ValuationSort
from arb_pipeline.contracts.enums import OpportunityStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date as Day  # noqa: N812 - an option is called date

    from arb_pipeline.services.valuations import ValuationView

StatusOption = Annotated[OpportunityStatus, typer.Option(help="State of the opportunities to list.")]
ClosedOption = Annotated[
    bool, typer.Option("--closed", help="Only products worth buying to resell unopened.")
]
SetOption = Annotated[str | None, typer.Option("--set", help="Only this set, e.g. mh2.")]
MarginOption = Annotated[
    float | None, typer.Option(help="Only margins of at least this many percent.", callback=finite)
]
SortOption = Annotated[ValuationSort, typer.Option(help="Order.")]


def _warn_of_age(as_of: "Day | None", *, is_json: bool) -> None:
    """Prints, before any result, that its prices are too old to buy at; beside JSON on standard error."""
    from datetime import UTC, datetime

    from arb_pipeline.services.opportunity_list import age_warning
    from arb_pipeline.settings import settings

    if warning := age_warning(settings(), as_of, now=datetime.now(UTC)):
        echo(warning, err=is_json)


def opportunities(
    category: CategoryOption = None,
    status: StatusOption = OpportunityStatus.ACTIVE,
    closed: ClosedOption = False,
    json: Json = False,
) -> None:
    """Lists opportunities, best first, and below them what is worth buying to resell unopened."""
    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.services import opportunity_list as service
    from arb_pipeline.services import valuations as valued

    with reading() as connection:
        view = service.listed(connection, category=category, status=status)
        is_of_today = closed or status == OpportunityStatus.ACTIVE
        to_sell_on = valued.closed(connection, category=category) if is_of_today else ()
    if closed:
        _print_closed(to_sell_on, view.as_of, is_json=json)
        return
    if view.opportunities:
        _warn_of_age(view.as_of, is_json=json)
    if json:
        echo(render.to_json(list(view.opportunities)))
    elif view.opportunities:
        title = f"Opportunities ({status}), analysed for {view.as_of}"
        render.console().print(render.opportunity_table(view.opportunities, title))
        _print_closed(to_sell_on, view.as_of)
    elif view.as_of:
        near = "`arb valuations --sort margin` shows the near misses."
        echo(f"No {status} opportunity as of {view.as_of}. {near}")
        _print_closed(to_sell_on, view.as_of)
    else:
        echo(f"No {status} opportunity. Run `arb run --data DIR` first.")


def _print_closed(
    rows: "Sequence[ValuationView]", as_of: "Day | None", *, is_json: bool | None = None
) -> None:
    """Lists products worth reselling unopened. `is_json`: None where it stands below another table."""
    from arb_pipeline.cli import render

    is_alone = is_json is not None
    if is_alone and rows:
        _warn_of_age(as_of, is_json=bool(is_json))
    if is_json:
        echo(render.to_json(list(rows)))
    elif rows:
        title = f"Worth buying to resell unopened, analysed for {as_of}"
        render.console().print(render.closed_table(rows, title))
    elif is_alone:
        echo(f"Nothing is worth buying to resell unopened{f' as of {as_of}' if as_of else ''}.")


def valuations(
    category: CategoryOption = None,
    set_code: SetOption = None,
    min_margin: MarginOption = None,
    sort: SortOption = ValuationSort.RANK,
    limit: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="How many rows.")] = 30,
    date: DateOption = None,
    json: Json = False,
) -> None:
    """Lists all valued products of a day, with the reasons against publication."""
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
    if view.valuations:
        _warn_of_age(view.as_of, is_json=json)
    if json:
        echo(render.to_json(list(view.valuations)))
    elif view.valuations:
        title = f"Valuations of {view.as_of}, by {sort}"
        render.console().print(
            render.opportunity_table(
                view.valuations, title, published=[row.published for row in view.valuations]
            )
        )
    else:
        none = "Nothing is valued yet. Run `arb run --data DIR` first."
        echo(f"Nothing valued on {view.as_of} fits." if view.as_of else none)
