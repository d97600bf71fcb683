"""`arb opportunity`: what a person does with one, and what came of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.opportunity_view import (
    bought,
    echo,
    in_dollars,
    outcome,
    print_json,
    purchases_table,
    sheet,
    tell,
)
from arb_pipeline.cli.options import Json
from arb_pipeline.cli.resolve import pick, pick_product

if TYPE_CHECKING:
    import sqlalchemy as sa

app = typer.Typer(
    help="One opportunity: show it, record that it was bought, cancelled, or what it came to.",
    no_args_is_help=True,
)

AMOUNT = re.compile(r"\$?([0-9]{1,12})(?:\.([0-9]{1,2}))?")
Which = Annotated[
    str,
    typer.Argument(
        metavar="OPPORTUNITY",
        help="Its id, or its product: our id, the TCGplayer id, or part of the name, if only one fits.",
    ),
]
Notes = Annotated[str, typer.Option("--notes", metavar="TEXT", help="What to remember; 500 characters.")]


@app.command()
def show(opportunity: Which, json: Json = False) -> None:
    """Shows an opportunity: its figures, its forecast, everything that happened to it."""
    with _acting() as connection:
        from arb_pipeline.storage.postgres import opportunities as store

        picked = pick(connection, opportunity, "show")
        row, events = store.one(connection, picked), store.history(connection, picked)
    if json:
        print_json(in_dollars(row) | {"events": events})
        return
    echo(sheet(row, events))


@app.command()
def execute(
    opportunity: Which,
    quantity: Annotated[int, typer.Option("--quantity", metavar="N", min=1, help="Pieces bought.")],
    price: Annotated[
        str | None,
        typer.Option(
            "--price", metavar="DOLLARS", help="Landed price paid per piece; else that of the opportunity."
        ),
    ] = None,
    notes: Notes = "",
    result: Annotated[
        str | None,
        typer.Option("--result", metavar="DOLLARS", help="What all singles netted, where known already."),
    ] = None,
    json: Json = False,
) -> None:
    """Records that an active opportunity was bought. It stays executed: no analysis reopens it."""
    paid, netted = _cents(price, "--price"), _cents(result, "--result")
    with _acting() as connection:
        from arb_pipeline.storage.postgres import opportunities as store

        now = datetime.now(UTC)
        picked = pick(connection, opportunity, "execute")
        store.execute(connection, picked, quantity=quantity, price_cents=paid, notes=notes, now=now)
        if netted is not None:
            store.record_result(connection, picked, netted, now=now)
        row = store.one(connection, picked)
    tell(row, bought(row) + (f"\n{outcome(row)}" if netted is not None else ""), json=json)


@app.command()
def cancel(opportunity: Which, notes: Notes = "", json: Json = False) -> None:
    """Closes an active opportunity that is not to be bought. A later day may open a new one."""
    with _acting() as connection:
        from arb_pipeline.storage.postgres import opportunities as store

        picked = pick(connection, opportunity, "cancel")
        store.cancel(connection, picked, notes=notes, now=datetime.now(UTC))
        row = store.one(connection, picked)
    tell(row, "cancelled", json=json)


@app.command()
def note(
    opportunity: Which,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="500 characters at most.")],
    json: Json = False,
) -> None:
    """Adds a note to an opportunity's events, in any state."""
    if not text.strip():
        msg = "A note says something."
        raise typer.BadParameter(msg, param_hint="TEXT")
    with _acting() as connection:
        from arb_pipeline.storage.postgres import opportunities as store

        picked = pick(connection, opportunity, "note")
        store.note(connection, picked, text, now=datetime.now(UTC))
        row = store.one(connection, picked)
    tell(row, f"noted ({row['status']}, opened {row['opened_on']})", json=json)


@app.command()
def result(
    opportunity: Which,
    value: Annotated[
        str,
        typer.Option("--value", metavar="DOLLARS", help="What the singles of all pieces netted so far."),
    ],
    json: Json = False,
) -> None:
    """Records what a purchase came to, and holds it against the forecast. Run again, it corrects."""
    netted = _cents(value, "--value") or 0
    with _acting() as connection:
        from arb_pipeline.storage.postgres import opportunities as store

        picked = pick(connection, opportunity, "result")
        store.record_result(connection, picked, netted, now=datetime.now(UTC))
        row = store.one(connection, picked)
    tell(row, f"{bought(row)}\n{outcome(row)}", json=json)


@app.command()
def results(json: Json = False) -> None:
    """Lists what was bought: realised profit against the forecast, and how far forecasts were off."""
    with _acting() as connection:
        from arb_pipeline.core.opportunities.transitions import summed
        from arb_pipeline.storage.postgres import opportunities as store

        found = store.purchases(connection)
    summary = summed(found)
    if json:
        rows = [in_dollars(row) for row in found.iter_rows(named=True)]
        print_json(in_dollars(asdict(summary)) | {"rows": rows})
        return
    from arb_pipeline.cli import render as shown

    if found.is_empty():
        echo("Nothing was bought yet: `arb opportunity execute` records a purchase.")
        return
    shown.console().print(purchases_table(found))
    echo(f"{summary.results} of {summary.purchases} have a result.")
    if summary.mean_error_cents is not None and summary.error_of_forecast is not None:
        echo(
            f"Realised - forecast: {shown.money(summary.mean_error_cents / 100)} on average, "
            f"{summary.error_of_forecast:+.1%} of the forecast value."
        )
    if summary.with_range:
        echo(f"{summary.within} of {summary.with_range} lie within p5 to p95; 90% are to be expected.")


@app.command()
def cleanup(
    product: Annotated[
        str | None, typer.Option("--product", help="Only this product's: its name, or an id.")
    ] = None,
    now: Annotated[
        str | None,
        typer.Option("--now", metavar="TIME", help="Instead of the clock, e.g. 2025-10-12T06:00Z."),
    ] = None,
    json: Json = False,
) -> None:
    """Expires active opportunities that no analysis confirmed in time. Run it after the day's analysis."""
    instant = _instant(now)
    with _acting() as connection:
        from arb_pipeline.storage.postgres import opportunities as store

        product_id = None if product is None else pick_product(connection, product)["product_id"]
        expired = store.expire_overdue(connection, now=instant, product_id=product_id)
    if json:
        print_json(expired.to_dicts())
        return
    for row in expired.iter_rows(named=True):
        echo(f"{row['name']}: expired, not confirmed since {row['as_of']}")
    if expired.is_empty():
        echo(f"No active opportunity ran out before {instant:%Y-%m-%d %H:%M} UTC.")


@contextmanager
def _acting() -> Iterator["sa.Connection"]:
    """One transaction: an act and its event, or neither."""
    from arb_pipeline.cli.database import reading

    with reading() as connection, connection.begin():
        yield connection


def _cents(text: str | None, option: str) -> int | None:
    """Dollars as written, in cents: nothing is rounded away."""
    if text is None:
        return None
    match = AMOUNT.fullmatch(text.strip())
    if match is None:
        msg = f"{text!r} is no amount of dollars. Write it as 55.50."
        raise typer.BadParameter(msg, param_hint=option)
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def _instant(text: str | None) -> datetime:
    """The clock's time, or the one that is given; one without a zone is UTC."""
    if text is None:
        return datetime.now(UTC)
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is no time. Write it as 2025-10-12T06:00Z."
        raise typer.BadParameter(msg, param_hint="--now") from None
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
