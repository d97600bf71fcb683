"""Prices: a day's observations, rejected records, the daily rollup, and `price_history`."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from arb_pipeline.contracts.base import empty
from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.prices import DailyPrices, Observations, Rejected
from arb_pipeline.core.pricing.rollup import daily_rollup
from arb_pipeline.defs.catalog.assets import PRINTINGS, SEALED
from arb_pipeline.defs.landing.assets import PRICES
from arb_pipeline.defs.shared.contracts import contracted_asset, contracted_assets
from arb_pipeline.defs.shared.lake_io import BY_CATEGORY
from arb_pipeline.defs.shared.partitions import DAYS, day_of
from arb_pipeline.defs.shared.preview import counts, described
from arb_pipeline.defs.shared.snapshot_guard import refuse_shrunk
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.sources.cleaning import Cleaned, tcgplayer
from arb_pipeline.sources.unpack import ArchiveUnreadableError
from arb_pipeline.storage.landing import Package
from arb_pipeline.storage.postgres.ledger import LEAST_SHARE
from arb_pipeline.storage.postgres.prices import Load, save_prices
from arb_pipeline.storage.postgres.queries import loaded_packages
from arb_pipeline.storage.tcgcsv_files import price_files

OBSERVATIONS = dg.AssetKey(["prices", "tcgplayer", "observations"])
REJECTED = dg.AssetKey(["prices", "tcgplayer", "rejected"])
BALANCE = dg.AssetKey(["prices", "tcgplayer", "balance"])
DAILY = dg.AssetKey(["prices", "daily"])
BALANCE_SCHEMA = {
    "category": pl.String,
    "raw": pl.Int64,
    "accepted": pl.Int64,
    "duplicates": pl.Int64,
    "refused": pl.Int64,
    "refused_files": pl.Int64,
}

Results = Iterator[dg.Output[Any] | dg.AssetCheckResult]


def _cleaned(workspace: Workspace, package: Package, day: date) -> dict[str, Cleaned]:
    """A package's prices, cleaned, by game. Fails where its archive does not open."""
    wanted = {category: CATEGORIES[category] for category in workspace.categories}
    try:
        files = list(price_files(package.files, day=day.isoformat(), categories=wanted))
    except ArchiveUnreadableError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    return {name: tcgplayer.clean((f for f in files if f.category == name), day=day) for name in wanted}


def _balance(cleaned: Mapping[str, Cleaned]) -> pl.DataFrame:
    rows = [
        (category, c.raw, c.observations.height, c.duplicates, c.refused_records, c.refused_files)
        for category, c in cleaned.items()
    ]
    return pl.DataFrame(rows, schema=BALANCE_SCHEMA, orient="row")


def _is_broken(earlier: pl.DataFrame, latest: pl.DataFrame) -> bool:
    """True if a package of a day was broken, as the one that replaced it shows, in any game of the run."""
    both = latest.join(earlier.select("category", before="accepted"), on="category", how="left")
    return bool((both["before"].fill_null(0) < LEAST_SHARE * both["accepted"]).any())


def _loads(package: Package, day: date, balance: pl.DataFrame) -> list[Load]:
    return [
        Load(
            source=tcgplayer.SOURCE,
            category=row["category"],
            day=day,
            package_id=package.package_id,
            parser_version=tcgplayer.PARSER_VERSION,
            rows_raw=row["raw"],
            rows_accepted=row["accepted"],
            rows_duplicate=row["duplicates"],
            rows_quarantined=row["refused"],
            fetched_at=package.fetched_at,
        )
        for row in balance.iter_rows(named=True)
    ]


@contracted_assets(
    {"observations": Observations, "rejected": Rejected},
    outs={
        "observations": dg.AssetOut(
            key=OBSERVATIONS,
            metadata={BY_CATEGORY: True},
            description="TCGplayer's prices of one day in cents, per product, printing and kind of price.",
            kinds={"polars"},
        ),
        "rejected": dg.AssetOut(
            key=REJECTED,
            description="Rejected records and files of the day, with reason and advice.",
            kinds={"polars"},
        ),
        "balance": dg.AssetOut(
            key=BALANCE,
            description="Balance of records per game: raw = accepted + duplicates + rejected.",
            kinds={"polars"},
        ),
    },
    group_name="prices",
    partitions_def=DAYS,
    deps=[PRICES],
    check_specs=[
        dg.AssetCheckSpec(
            "balance", asset=OBSERVATIONS, blocking=True, description="Every raw record is accounted for."
        ),
        dg.AssetCheckSpec("refused_share", asset=OBSERVATIONS, description="Few records are refused."),
    ],
)
def tcgplayer_prices(context: dg.AssetExecutionContext, workspace: Workspace) -> Results:
    """Parses and cleans a day's landed prices. A rejected record or file does not affect the others."""
    day = day_of(context)
    package = workspace.landing.latest("tcgcsv", part=day.isoformat())
    cleaned = _cleaned(workspace, package, day)
    observations = pl.concat([c.observations for c in cleaned.values()] or [empty(Observations)])
    rejected = pl.concat([c.rejected for c in cleaned.values()] or [empty(Rejected)])
    balance = _balance(cleaned)
    for row in rejected.head(20).iter_rows(named=True):
        context.log.warning(
            "%s: %s: %s (it says %s). %s", *(row[k] for k in ("file", "record", "reason", "value", "advice"))
        )
    refused, raw = int(balance["refused"].sum()), int(balance["raw"].sum())
    limit = workspace.params(day).prices.max_refused_share
    if raw == 0 or refused > limit * raw:
        why = "no record at all" if raw == 0 else f"{refused} of {raw} records refused, more than {limit:.0%}"
        first = f" The first: {rejected['file'][0]}: {rejected['reason'][0]}." if rejected.height else ""
        msg = f"Prices of {day}: {why}; nothing of this day is used.{first} Fetch the day again."
        raise dg.Failure(description=msg, allow_retries=False)
    refuse_shrunk(workspace, _loads(package, day, balance))
    yield dg.Output(
        observations,
        "observations",
        metadata=described(observations, contract=Observations, by_category=counts(observations, "category")),
    )
    yield dg.Output(
        rejected,
        "rejected",
        metadata=described(rejected, contract=Rejected, by_reason=counts(rejected, "reason")),
    )
    yield dg.Output(balance, "balance", metadata=described(balance))
    yield dg.AssetCheckResult(
        check_name="balance",
        asset_key=OBSERVATIONS,
        passed=all(c.balances for c in cleaned.values()),
        metadata={name: int(balance[name].sum()) for name in BALANCE_SCHEMA if name != "category"},
    )
    yield dg.AssetCheckResult(
        check_name="refused_share",
        asset_key=OBSERVATIONS,
        passed=rejected.height == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "share": refused / raw,
            "records": refused,
            "files": int(balance["refused_files"].sum()),
            "fails_above": limit,
        },
    )


@contracted_asset(
    DailyPrices,
    key=DAILY,
    group_name="prices",
    partitions_def=DAYS,
    ins={"observations": dg.AssetIn(OBSERVATIONS)},
    metadata={BY_CATEGORY: True},
    kinds={"parquet"},
)
def daily_prices(
    context: dg.AssetExecutionContext, workspace: Workspace, observations: pl.DataFrame
) -> dg.MaterializeResult:
    """The rollup that features read: one reference price per product, printing and day."""
    prices = workspace.params(day_of(context)).prices
    rollup = daily_rollup(
        observations,
        asks_quality=prices.asks_quality,
        contradicted_share=prices.contradicted_share,
        lone_ask=prices.lone_ask,
    )
    asks_only = int((rollup["quality"] < 1).sum())
    return dg.MaterializeResult(
        value=rollup, metadata=described(rollup, contract=DailyPrices, without_market_price=asks_only)
    )


@dg.asset(
    key=["prices", "price_history"],
    group_name="prices",
    partitions_def=DAYS,
    ins={
        "observations": dg.AssetIn(OBSERVATIONS),
        "balance": dg.AssetIn(BALANCE),
        "sealed": dg.AssetIn(SEALED),
        "printings": dg.AssetIn(PRINTINGS),
    },
    deps=[["catalog", "products"]],
    kinds={"postgres"},
)
def price_history(
    context: dg.AssetExecutionContext,
    workspace: Workspace,
    observations: pl.DataFrame,
    balance: pl.DataFrame,
    sealed: pl.DataFrame,
    printings: pl.DataFrame,
) -> dg.MaterializeResult:
    """The `price_history` table: prices of products in the catalogue, with the load's ledger row."""
    day = day_of(context)
    ids = ["product_id", "tcg_product_id"]
    known = (
        pl.concat([sealed.select(ids), printings.select(ids)])
        .drop_nulls()
        .unique("tcg_product_id", keep="first", maintain_order=True)
    )
    latest = workspace.landing.latest("tcgcsv", part=day.isoformat())
    # Of a day that landed more than once, what came before is history too, if this database has not seen it.
    with workspace.engine.connect() as connection:
        loaded = {package_id for *_, of, package_id in loaded_packages(connection) if of == day}
    earlier = [
        package
        for package in workspace.landing.packages("tcgcsv", part=day.isoformat())
        if package.package_id not in loaded | {latest.package_id}
    ]
    parts = []
    for package in earlier:
        try:
            cleaned = _cleaned(workspace, package, day)
        except dg.Failure as error:
            context.log.warning("%s of %s is superseded and left out: %s", package.package_id, day, error)
            continue
        counted = _balance(cleaned)
        if _is_broken(counted, balance):
            context.log.warning(
                "%s of %s has less than half the prices of the package that replaced it: left out",
                package.package_id,
                day,
            )
            continue
        parts.append((package, counted, pl.concat(c.observations for c in cleaned.values())))
    written: dict[str, int] = {}
    for package, counted, prices in [*parts, (latest, balance, observations)]:
        with workspace.engine.begin() as connection:
            loads = _loads(package, day, counted)
            rows = save_prices(connection, loads, prices, known, confirmed=workspace.confirmed)
        written = {name: written.get(name, 0) + n for name, n in rows.items()}
    return dg.MaterializeResult(metadata={"rows_written": sum(written.values()), "by_category": written})
