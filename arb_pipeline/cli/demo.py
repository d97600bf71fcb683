"""`arb demo`: a simulated market, and a check that the pipeline finds its planted opportunities."""

import shlex
from datetime import timedelta
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.terminal import echo

if TYPE_CHECKING:
    from datetime import date

    from rich.console import Console

    from arb_pipeline.simulator.ground_truth import Planted

app = typer.Typer(help="A simulated market with planted opportunities and traps.", no_args_is_help=True)

SEED = 20260101
DAYS = 40
VALUED = 5
"""The last days are analysed one after the other, with the 30 days before them as history."""
HISTORY = 30
PORT = 8700
ENDS = {SIGINT, SIGTERM}
NEXT_STEP = """In the browser: `make serve` prints a sign-in link. For `arb` itself, this home:
  export ARB_HOME={}"""
MOST_DAYS = 400
"""Days of a market at most: more than a year."""
Seed = Annotated[
    int, typer.Option(min=0, max=2**32 - 1, help="Random seed: the same seed gives the same market.")
]
ServedFolder = Annotated[
    Path | None, typer.Argument(help="Data folder; by default a simulated market in ARB_HOME.")
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of the first source; 0 uses free ports.")]
Faults = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SOURCE:KIND[:times=N][:value=V][:path=REGEX]",
        help="A fault to inject; may be given more than once. `--fault help` lists the kinds.",
    ),
]
RequestLog = Annotated[Path | None, typer.Option(help="File to which a JSON line per request is appended.")]
MarketDay = Annotated[
    str | None, typer.Option(metavar="YYYY-MM-DD", help="Day of the market; its newest by default.")
]
EnvFile = Annotated[Path | None, typer.Option(help=".env file to write the settings to.")]


@app.command()
def build(
    folder: Annotated[Path, typer.Argument(help="Folder to write the market to.")],
    seed: Seed = SEED,
    days: Annotated[int, typer.Option(min=10, max=MOST_DAYS, help="Days of prices.")] = DAYS,
) -> None:
    """Writes a simulated market in the sources' own formats, in the layout of docs/data-folder.md."""
    from arb_pipeline.simulator.build import build_market

    planted = build_market(folder, seed=seed, days=days)
    echo(
        f"{days} days to {planted.as_of}: {len(planted.opportunities)} opportunities, "
        f"{len(planted.traps)} traps in {folder}"
    )


@app.command()
def run(
    seed: Seed = SEED,
    last_day: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD",
            help="Last day of the market; by default that of the market in ARB_HOME, else yesterday.",
        ),
    ] = None,
) -> None:
    """Builds a simulated market in ARB_HOME, serves and fetches it, and prints the opportunities found."""
    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.services import ingestion, opportunity_list, valuations
    from arb_pipeline.settings import lead, settings
    from arb_pipeline.simulator.build import build_market
    from arb_pipeline.simulator.replay import ReplayServer

    console = render.progress_console()
    folder = settings().home / "demo_market"
    last = _last_day(folder, last_day)
    console.print(f"Building a simulated market of {DAYS} days to {last} in {folder}")
    planted = build_market(folder, seed=seed, days=DAYS, end=last)
    days = ingestion.days_between(last - timedelta(days=VALUED - 1), last)
    with ReplayServer(folder) as server:
        # The crawls' own settings: everything at our server, which need not be spared.
        mappings = {"ARB_SOURCE_DISTRIBUTOR_MAPPINGS": str(folder / "distributor/mappings")}
        lead(server.environment() | mappings | {"ARB_LOOPBACK_DELAY_SECONDS": "0"})
        is_whole = _fetch_and_analyse(days, console)
    with reading() as connection:
        published = opportunity_list.listed(connection).opportunities
        closed = valuations.closed(connection)
    console = render.console()
    console.print(render.opportunity_table(published, f"Opportunities in the simulated market, {last}"))
    console.print(render.closed_table(closed, f"Worth buying to resell unopened, {last}"))
    product_ids = ({row.tcg_product_id for row in rows} for rows in (published, closed))
    if not (_compare(planted, *product_ids, console=console) and is_whole):
        raise typer.Exit(1)
    console.print(NEXT_STEP.format(shlex.quote(str(settings().home))), soft_wrap=True)


def _last_day(folder: Path, text: str | None) -> "date":
    """Last day of the market. A home keeps its market's day: another would change prices already analysed."""
    from datetime import UTC, datetime

    from arb_pipeline.cli.options import to_priced_day
    from arb_pipeline.simulator.ground_truth import FILE_NAME, Planted

    given = to_priced_day(text, "--last-day")
    if not (folder / FILE_NAME).is_file():
        return given or datetime.now(UTC).date() - timedelta(days=1)
    kept = Planted.read(folder).as_of
    if given not in {None, kept}:
        msg = f"The market in {folder} ends on {kept}. `make clean` deletes it and all that was analysed."
        raise typer.BadParameter(msg, param_hint="--last-day")
    return kept


def _fetch_and_analyse(days: "list[date]", console: "Console") -> bool:
    """Fetches all sources, analyses the days, then fetches offers of watched products. True: all worked."""
    from arb_pipeline.cli.fetch import EVERYTHING, fetch_all
    from arb_pipeline.cli.options import games
    from arb_pipeline.cli.run_progress import ConsoleReport
    from arb_pipeline.runner.days import Analysis, analyse
    from arb_pipeline.services import ingestion
    from arb_pipeline.settings import settings

    console.print("Fetching every source from a server of our own that answers as they do")
    names = ingestion.source_names([EVERYTHING], games(None))
    span = ingestion.days_between(days[0] - timedelta(days=HISTORY), days[-1])
    fetched = fetch_all(names, categories=games(None), days=span, console=console)
    supply = ingestion.supply_of(settings(), None, is_fetched=True)
    runs = analyse(settings(), Analysis(supply, days, games(None), history=HISTORY), ConsoleReport(console))
    console.print("Fetching offers of the products nearest to being worth buying")
    unasked = [view.source for view in fetched if view.status == "not configured"]
    watched = [name for name in unasked if name in ingestion.BY_PRODUCT]
    fetched += fetch_all(watched, categories=games(None), console=console)
    return all(run.success for run in runs) and not any(view.status == "failed" for view in fetched)


def _compare(
    planted: "Planted", published: set[str | None], closed: set[str | None], *, console: "Console"
) -> bool:
    """Compares what is published and what is worth reselling (TCGplayer ids) with the planted products."""
    hits = [o for o in planted.opportunities if str(o.tcg_product_id) in published]
    resold = [o for o in planted.resales if str(o.tcg_product_id) in closed]
    caught = [t for t in planted.traps if str(t.tcg_product_id) in published | closed]
    for opportunity in (*planted.opportunities, *planted.resales):
        if opportunity not in (*hits, *resold):
            console.print(f"[red]missed:[/] {opportunity.name} ({opportunity.kind})")
    for trap in caught:
        console.print(f"[red]published a trap:[/] {trap.name} ({trap.kind}: {trap.why})")
    kinds = ", ".join(sorted({trap.kind.replace("_", " ") for trap in planted.traps}))
    console.print(
        f"Found {len(hits)} of {len(planted.opportunities)} planted opportunities, "
        f"{len(resold)} of {len(planted.resales)} to resell unopened; "
        f"published {len(caught)} of {len(planted.traps)} traps ({kinds})."
    )
    return not caught and (hits, resold) == (list(planted.opportunities), list(planted.resales))


@app.command()
def serve(
    folder: ServedFolder = None,
    port: Port = PORT,
    fault: Faults = None,
    log: RequestLog = None,
    day: MarketDay = None,
    env_file: EnvFile = None,
) -> None:
    """Serves every source of a market on this machine until Ctrl-C; prints the settings to use it."""
    import signal

    from arb_pipeline.cli.options import to_day
    from arb_pipeline.simulator.replay import ReplayServer
    from arb_pipeline.simulator.replay.faults import KINDS, parse_fault

    if fault == ["help"]:
        echo("\n".join(f"{kind:<22}{what}" for kind, what in KINDS.items()))
        return
    stands = to_day(day, "--day")
    try:
        faults = [parse_fault(text) for text in fault or ()]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--fault") from None
    market = _market() if folder is None else folder.expanduser().resolve()
    if not market.is_dir():
        msg = f"{market} is no folder. `arb demo build {market}` writes a simulated market there."
        raise typer.BadParameter(msg, param_hint="FOLDER")
    # Blocked before the first thread starts, which inherits the mask: only `sigwait` below receives these
    # signals.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    with ReplayServer(
        market, port=port, faults=faults, log=log, day=stands.isoformat() if stands else ""
    ) as server:
        settings = server.environment()
        if env_file:
            env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), "utf-8")
        echo("\n".join(f"export {name}={value}" for name, value in settings.items()))
        echo(f"Serving {len(server.urls)} sources from {market}; Ctrl-C ends it.", err=True)
        signal.sigwait(ENDS)


def _market() -> Path:
    """The simulated market of ARB_HOME, built if it is not there."""
    from arb_pipeline.settings import settings
    from arb_pipeline.simulator.build import build_market

    folder = settings().home / "demo_market"
    if not (folder / "planted.json").is_file():
        echo(f"Building a simulated market of {DAYS} days in {folder}", err=True)
        build_market(folder, seed=SEED, days=DAYS)
    return folder
