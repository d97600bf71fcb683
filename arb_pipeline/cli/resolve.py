"""Which opportunity, or product, a command means: by id, or by what of a name fits only one."""

from typing import TYPE_CHECKING, Any, NoReturn

import typer

from arb_pipeline.cli.opportunity_view import named

if TYPE_CHECKING:
    import polars as pl
    import sqlalchemy as sa

SHOWN = 8


def pick(connection: "sa.Connection", text: str, act: str) -> str:
    """The id of the one opportunity that is meant. Of one product's several, the active one.

    Ends the command, with what to do, when none or several fit; refuses an act that its state does not allow.
    """
    from arb_pipeline.core.opportunities.transitions import ACTS, STATUSES, check_state
    from arb_pipeline.storage.postgres import opportunities as store

    _check_name(text)
    found = store.find(connection, text)
    if found.is_empty():
        _never(connection, text)
    allowed = ACTS[act].allowed if act in ACTS else STATUSES
    fits = found.filter(found["status"].is_in(list(allowed)))
    if fits["product_id"].n_unique() == 1 and "active" in fits["status"]:
        fits = fits.filter(fits["status"] == "active")
    if found.height == 1 and fits.is_empty():
        check_state(act, found["status"][0], found["name"][0])
    if fits.height != 1:
        several = f"{fits.height} opportunities are called {text!r}; name one, or give its id:"
        none = f"None of the opportunities called {text!r} is {' or '.join(allowed)}:"
        rows = [
            (f"{named(row)}  {row['status']}, opened {row['opened_on']}", row["opportunity_id"])
            for row in (found if fits.is_empty() else fits).iter_rows(named=True)
        ]
        _ask_again(none if fits.is_empty() else several, rows)
    picked: str = fits["opportunity_id"][0]
    return picked


def pick_product(connection: "sa.Connection", text: str) -> dict[str, Any]:
    """The row of the one sealed product that is meant. Ends the command when none or several fit."""
    from arb_pipeline.storage.postgres import queries

    _check_name(text)
    found = queries.find_sealed(connection, text)
    if found.is_empty():
        _check_catalogue(connection)
    if found.height != 1:
        none = f"No sealed product is called {text!r}. Try a shorter part of its name."
        several = f"{found.height} products are called {text!r}; name one, or give its id:"
        rows = [(named(row), row["product_id"]) for row in found.iter_rows(named=True)]
        _ask_again(several if rows else none, rows)
    return found.row(0, named=True)


def _check_name(text: str) -> None:
    """Refuses a name that says nothing: it is part of every other."""
    if not text.strip():
        msg = "The name is empty. Give part of a product's name, its id, or its TCGplayer id."
        raise typer.BadParameter(msg)


def _check_catalogue(connection: "sa.Connection") -> None:
    """Ends the command in a home without products, with what makes them."""
    from arb_pipeline.storage.postgres import queries

    if not queries.has_catalogue(connection):
        _fail("There is no catalogue yet: no product is known. `arb run --fetch` or `--data DIR` makes it.")


def _never(connection: "sa.Connection", text: str) -> NoReturn:
    """No opportunity fits: a product without any, or nothing at all."""
    from arb_pipeline.storage.postgres import queries

    sealed: pl.DataFrame = queries.find_sealed(connection, text)
    if sealed.is_empty():
        _check_catalogue(connection)
        _fail(
            f"No opportunity has the id, and no sealed product the name, {text!r}."
            " `arb opportunities` lists what there is."
        )
    more = f" and {sealed.height - 1} more" if sealed.height > 1 else ""
    _fail(f"{named(sealed.row(0, named=True))}{more}: never an opportunity. `arb explain` says why.")


def _ask_again(head: str, rows: list[tuple[str, Any]]) -> NoReturn:
    typer.echo(head, err=True)
    for name, id_ in rows[:SHOWN]:
        typer.echo(f"  {name}  {id_}", err=True)
    if len(rows) > SHOWN:
        typer.echo(f"  and {len(rows) - SHOWN} more", err=True)
    raise typer.Exit(1)


def _fail(message: str) -> NoReturn:
    typer.echo(f"arb: {message}", err=True)
    raise typer.Exit(1)
