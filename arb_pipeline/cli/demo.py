"""`arb demo`: a simulated market, and whether the pipeline finds what is planted in it."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="A simulated market with planted opportunities and traps.", no_args_is_help=True)

SEED = 20260101
DAYS = 40
VALUED = 5
"""The last days are analysed one after the other, with the 30 days before them as history."""
HISTORY = 30


@app.command()
def build(
    folder: Annotated[Path, typer.Argument(help="Where to write it.")],
    seed: Annotated[int, typer.Option(help="Everything follows from it.")] = SEED,
    days: Annotated[int, typer.Option(min=10, help="Days of prices.")] = DAYS,
) -> None:
    """Writes a market in the sources' own formats, laid out as docs/data-folder.md says."""
    from arb_pipeline.demo.build import build_market

    planted = build_market(folder, seed=seed, days=days)
    typer.echo(
        f"{days} days to {planted.as_of}: {len(planted.opportunities)} opportunities, "
        f"{len(planted.traps)} traps in {folder}"
    )


@app.command()
def run(seed: Annotated[int, typer.Option(help="Everything follows from it.")] = SEED) -> None:
    """Builds the market in ARB_HOME, runs the whole graph over it, and shows what it found."""
    from datetime import date, timedelta

    from arb_pipeline.cli import show
    from arb_pipeline.cli.connect import reading
    from arb_pipeline.cli.options import Category
    from arb_pipeline.cli.run import execute
    from arb_pipeline.demo.build import build_market
    from arb_pipeline.settings import settings
    from arb_pipeline.stores.data_folder import DataFolder
    from arb_pipeline.stores.postgres import queries

    folder = settings().home / "demo_market"
    typer.echo(f"Building a simulated market of {DAYS} days in {folder}", err=True)
    planted = build_market(folder, seed=seed, days=DAYS)
    last = date.fromisoformat(str(planted.as_of))
    days = [last - timedelta(days=n) for n in reversed(range(VALUED))]
    runs = execute(DataFolder(folder), days, [category.value for category in Category], history=HISTORY)
    with reading() as connection:
        found = queries.opportunities(connection)
    console = show.console()
    console.print(
        show.opportunity_table(found, f"Opportunities in the simulated market, analysed for {last}")
    )
    published = set(found["tcg_product_id"].to_list())
    hits = [o for o in planted.opportunities if str(o.tcg_product_id) in published]
    caught = [t for t in planted.traps if str(t.tcg_product_id) in published]
    for opportunity in planted.opportunities:
        if opportunity not in hits:
            console.print(f"[red]missed:[/] {opportunity.name} ({opportunity.kind})")
    for trap in caught:
        console.print(f"[red]published a trap:[/] {trap.name} ({trap.kind}: {trap.why})")
    kinds = ", ".join(sorted({trap.kind.replace("_", " ") for trap in planted.traps}))
    console.print(
        f"Found {len(hits)} of {len(planted.opportunities)} planted opportunities; "
        f"published {len(caught)} of {len(planted.traps)} traps ({kinds})."
    )
    if caught or len(hits) < len(planted.opportunities) or not all(r.success for r in runs):
        raise typer.Exit(1)
