"""Quotes of the other marketplaces on a day, matched to products, and rejected records."""

from collections.abc import Iterator
from datetime import UTC as UTC_ZONE
from datetime import date, datetime
from typing import Any

import dagster as dg
import polars as pl

from arb_pipeline.contracts.base import empty
from arb_pipeline.contracts.frame_models import UTC
from arb_pipeline.contracts.prices import Rejected
from arb_pipeline.contracts.quotes import Quotes
from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.core.matching.marketplace_ids import matched
from arb_pipeline.core.matching.product_finder import catalogue_of
from arb_pipeline.core.pricing.quoted_prices import history_rows, matched_by_title
from arb_pipeline.defs.catalog.assets import IDS, SEALED
from arb_pipeline.defs.shared.contracts import contracted_assets
from arb_pipeline.defs.shared.lake_io import KEEPS_TIME
from arb_pipeline.defs.shared.partitions import DAYS, day_of
from arb_pipeline.defs.shared.preview import counts, described
from arb_pipeline.defs.shared.snapshot_guard import refuse_shrunk
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.sources.cleaning import Quoted
from arb_pipeline.sources.registry import MARKETPLACES, PRICED_AS
from arb_pipeline.storage import marketplace_files
from arb_pipeline.storage.landing import Package
from arb_pipeline.storage.postgres.prices import Load, save_quotes

ALL = "all"
"""Category of a load whose records are of several games, or do not state the game."""
BALANCE_SCHEMA = {
    "package_id": pl.String,
    "parser_version": pl.String,
    "fetched_at": UTC,
    "rows_raw": pl.Int64,
    "rows_accepted": pl.Int64,
    "rows_duplicate": pl.Int64,
    "rows_quarantined": pl.Int64,
}
"""Schema of a load's balance, as in the ledger."""
MATCHED = ("product_id", "match_reason", "package_id")
"""Texts beside each quote: product, reason of the match, origin."""
DRAWS = "contents/draws"
"""Table of the packs in each product: a title with another number of packs is of something else."""
Results = Iterator[dg.Output[Any] | dg.AssetCheckResult]


def quotes_key(source: str) -> dg.AssetKey:
    """The asset of a source's quotes."""
    return dg.AssetKey(["prices", PRICED_AS[source], "quotes"])


def _cleaned(source: str, packages: list[Package], workspace: Workspace) -> list[tuple[Package, Quoted]]:
    rates, now = marketplace_files.rates(workspace.landing), datetime.now(UTC_ZONE)
    clean = MARKETPLACES[source].clean
    return [
        (package, clean(marketplace_files.batches(package), rates=rates, now=now)) for package in packages
    ]


def _balance(cleaned: list[tuple[Package, Quoted]]) -> pl.DataFrame:
    rows = [
        (
            package.package_id,
            result.version,
            package.fetched_at,
            result.raw,
            result.accepted,
            result.duplicates,
            result.refused_records,
        )
        for package, result in cleaned
    ]
    return pl.DataFrame(rows, schema=BALANCE_SCHEMA, orient="row")


def _loads(source: str, day: date, balance: pl.DataFrame) -> list[Load]:
    return [
        Load(source=PRICED_AS[source], category=ALL, day=day, **row) for row in balance.iter_rows(named=True)
    ]


def _is_snapshot(source: str) -> bool:
    """True if a source delivers snapshots: answers per query are none, and fewer of them prove nothing."""
    return not (SOURCES[source].keys or SOURCES[source].asks_for)


def _quotes(source: str) -> dg.AssetsDefinition:
    name, title = PRICED_AS[source], SOURCES[source].title
    key = quotes_key(source)

    @contracted_assets(
        {"quotes": Quotes, "rejected": Rejected},
        beside=MATCHED,
        name=f"{name}_quotes",
        outs={
            "quotes": dg.AssetOut(
                key=key,
                description=f"Prices of a day in cents, each with the product it is of, if known. {title}.",
                kinds={"polars"},
                metadata={KEEPS_TIME: True},
            ),
            "rejected": dg.AssetOut(
                key=["prices", name, "rejected"],
                description=f"Rejected records of the day, with reason and advice. {title}.",
                kinds={"polars"},
            ),
            "balance": dg.AssetOut(
                key=["prices", name, "balance"],
                description="Balance of records per package: raw = accepted + duplicates + rejected. "
                f"{title}.",
                kinds={"polars"},
            ),
        },
        group_name="prices",
        partitions_def=DAYS,
        ins={"ids": dg.AssetIn(IDS), "sealed": dg.AssetIn(SEALED)},
        deps=[["landing", source], ["landing", "ecb"], DRAWS.split("/")],
        check_specs=[
            dg.AssetCheckSpec(
                "balance", asset=key, blocking=True, description="Every raw record is accounted for."
            ),
            dg.AssetCheckSpec("refused_share", asset=key, description="Few records are refused."),
        ],
    )
    def quotes(
        context: dg.AssetExecutionContext, workspace: Workspace, ids: pl.DataFrame, sealed: pl.DataFrame
    ) -> Results:
        day = day_of(context)
        packages = workspace.landing.packages(source, part=day.isoformat())
        cleaned = _cleaned(source, packages, workspace)
        _check_refused([result for _, result in cleaned], workspace.params(day).prices.max_refused_share)
        if _is_snapshot(source):
            refuse_shrunk(workspace, _loads(source, day, _balance(cleaned)))
        draws = workspace.lake.read(DRAWS) if workspace.lake.has(DRAWS) else None
        catalogue = catalogue_of(sealed, draws)
        frames = [
            matched_by_title(matched(result.quotes, ids), catalogue).with_columns(
                source=pl.lit(name), package_id=pl.lit(package.package_id)
            )
            for package, result in cleaned
        ]
        rejected = pl.concat([result.rejected for _, result in cleaned] or [empty(Rejected)])
        frame = pl.concat(frames) if frames else no_quotes()
        yield from _results(key, frame, rejected, _balance(cleaned), [result for _, result in cleaned])

    return quotes


def _history(source: str) -> dg.AssetsDefinition:
    name = PRICED_AS[source]

    @dg.asset(
        key=["prices", name, "history"],
        group_name="prices",
        partitions_def=DAYS,
        ins={
            "quotes": dg.AssetIn(quotes_key(source)),
            "balance": dg.AssetIn(["prices", name, "balance"]),
        },
        deps=[["catalog", "products"]],
        kinds={"postgres"},
        description=f"The `price_history` table: a day's quotes of known products. {SOURCES[source].title}.",
    )
    def history(
        context: dg.AssetExecutionContext, workspace: Workspace, quotes: pl.DataFrame, balance: pl.DataFrame
    ) -> dg.MaterializeResult:
        written = 0
        for load in _loads(source, day_of(context), balance):
            rows = history_rows(quotes.filter(package_id=load.package_id))
            with workspace.engine.begin() as connection:
                written += save_quotes(
                    *(connection, load, rows),
                    is_snapshot=_is_snapshot(source),
                    confirmed=workspace.confirmed,
                )
        return dg.MaterializeResult(metadata={"rows_written": written})

    return history


def no_quotes() -> pl.DataFrame:
    """Empty frames of a day without quotes."""
    return empty(Quotes).with_columns(pl.lit(None, pl.String).alias(name) for name in MATCHED)


def _check_refused(cleaned: list[Quoted], limit: float) -> None:
    """Fails where too many records are rejected: then no record of the day is used."""
    raw, refused = sum(batch.raw for batch in cleaned), sum(batch.refused_records for batch in cleaned)
    if refused > limit * raw:
        reasons = counts(pl.concat([batch.rejected for batch in cleaned]), "reason")
        msg = (
            f"{refused:,} of {raw:,} records are refused, more than {limit:.0%}: {reasons}. Nothing is used."
        )
        raise dg.Failure(description=msg, allow_retries=False)


def _results(
    key: dg.AssetKey,
    quotes: pl.DataFrame,
    rejected: pl.DataFrame,
    balance: pl.DataFrame,
    cleaned: list[Quoted],
) -> Results:
    raw, refused = sum(batch.raw for batch in cleaned), sum(batch.refused_records for batch in cleaned)
    known = quotes.filter(pl.col("product_id").is_not_null()).height
    yield dg.Output(
        quotes,
        "quotes",
        metadata=described(
            quotes,
            packages=len(cleaned),
            of_known_products=known,
            by_match=counts(quotes, "match_reason"),
        ),
    )
    yield dg.Output(
        rejected,
        "rejected",
        metadata=described(rejected, contract=Rejected, by_reason=counts(rejected, "reason")),
    )
    yield dg.Output(balance, "balance", metadata=described(balance))
    yield dg.AssetCheckResult(
        check_name="balance",
        asset_key=key,
        passed=all(batch.balances for batch in cleaned),
        metadata={
            "raw": raw,
            "accepted": sum(batch.accepted for batch in cleaned),
            "duplicates": sum(batch.duplicates for batch in cleaned),
            "refused": refused,
        },
    )
    yield dg.AssetCheckResult(
        check_name="refused_share",
        asset_key=key,
        passed=rejected.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"share": refused / raw if raw else 0.0, "records": refused},
    )


quote_assets = [make(source) for source in MARKETPLACES for make in (_quotes, _history)]
