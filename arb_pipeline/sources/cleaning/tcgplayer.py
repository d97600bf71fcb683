"""TCGplayer prices as TCGCSV publishes them: JSON `{success, errors, results: [...]}` per group.

`marketPrice` is null without recent sales; `highPrice` is not meaningful and never read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC as UTC_ZONE
from datetime import date, datetime, time
from typing import Any

import polars as pl

from arb_pipeline.contracts.base import conform, empty
from arb_pipeline.contracts.frame_models import UTC
from arb_pipeline.contracts.prices import Observations, Rejected
from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.money import to_cents
from arb_pipeline.sources.cleaning import Cleaned

SOURCE = "tcgplayer"
PARSER_VERSION = "1"
PUBLISHED_AT = time(20, 0, tzinfo=UTC_ZONE)
"""TCGCSV publishes its day at about 20:00 UTC (its FAQ)."""
MAX_DOLLARS = 9_999_999
"""Largest price that NUMERIC(10,2) of price_history holds; no card has sold for it."""
PRICES = {"marketPrice": "market", "lowPrice": "low", "midPrice": "mid"}
MAX_PRODUCT = 2**31
MAX_WHOLE = 2**53
"""Largest whole number that is not an error, whatever it counts."""
RAW = {"productId": pl.Int64, "subTypeName": pl.String} | dict.fromkeys(PRICES, pl.Float64)
ADVICE = (
    "The record is left out; the product keeps its last good price for 72 h. "
    "Report it to the source if it stays."
)


@dataclass(frozen=True, slots=True)
class PriceFile:
    """One group's price file: parsed JSON, or the problem that prevented parsing."""

    path: str
    category: str
    payload: Any
    problem: Problem | None = None


def clean(files: Iterable[PriceFile], *, day: date) -> Cleaned:
    """Observations of one day from all its price files. Invalid records and files are rejected alone."""
    frames: list[pl.DataFrame] = []
    rejections: list[dict[str, Any]] = []
    for file in files:
        records, problem = _records(file)
        if problem:
            rejections.append(_rejection(file, day, "", problem.reason, problem.value, problem.advice))
            continue
        frame, bad = _typed(records)
        rejections += [_rejection(file, day, record, reason, value, ADVICE) for record, reason, value in bad]
        frames.append(frame.with_columns(file=pl.lit(file.path), category=pl.lit(file.category)))
    raw = (
        pl.concat(frames)
        if frames
        else pl.DataFrame(schema={**RAW, "file": pl.String, "category": pl.String})
    )
    checked = _checked(raw)
    bad_rows = _conflicts(checked)
    duplicates = bad_rows.filter("is_copy").height
    good = bad_rows.filter(pl.col("reason").is_null() & ~pl.col("is_copy"))
    refused = pl.concat([_refused(bad_rows.filter(pl.col("reason").is_not_null()), day), _frame(rejections)])
    return Cleaned(
        observations=_observations(good, day),
        rejected=conform(refused, Rejected),
        raw=raw.height + sum(row["record"] != "" for row in rejections),
        duplicates=duplicates,
    )


def _records(file: PriceFile) -> tuple[list[Any], Problem | None]:
    if file.problem:
        return [], file.problem
    payload = file.payload
    results = payload.get("results") if isinstance(payload, dict) else None
    if not isinstance(results, list):
        return [], Problem(
            file.path, "no list under 'results'", str(payload)[:200], "Fetch the archive again."
        )
    if payload.get("success") is False:
        return [], Problem(
            file.path,
            "the source says success: false",
            str(payload.get("errors")),
            "Fetch the archive again.",
        )
    return results, None


def _typed(records: Sequence[Any]) -> tuple[pl.DataFrame, list[tuple[str, str, str]]]:
    """Records as a typed frame; those with a wrong type apart, as (record, reason, value).

    Types are checked before the frame is made: it would read `true` and "5.25" as prices, and 2.7 as
    product 2.
    """
    bad = [
        (_name(record, i), *_type_fault(record)) for i, record in enumerate(records) if not _is_typed(record)
    ]
    good = [record for record in records if _is_typed(record)] if bad else records
    return pl.DataFrame(good, schema=RAW, orient="row"), bad


def _is_typed(record: Any) -> bool:
    return (
        type(record) is dict
        and type(record.get("productId")) is int
        and 0 < record["productId"] <= MAX_PRODUCT
        and type(record.get("subTypeName")) is str
        and all(_is_number(record.get(field)) for field in PRICES)
    )


def _is_number(value: Any) -> bool:
    return value is None or type(value) is float or (type(value) is int and abs(value) < MAX_WHOLE)


def _type_fault(record: Any) -> tuple[str, str]:
    """(reason, value) of the first field of a wrong type."""
    if not isinstance(record, dict):
        return "the record is not an object", str(record)
    faults = [("productId", "a whole number", int), ("subTypeName", "a text", str)]
    for field, due, kind in faults:
        value: Any = record.get(field)
        if type(value) is not kind or (isinstance(value, int) and not 0 < value <= MAX_PRODUCT):
            return f"{field} is not {due}", repr(value)
    field = next(field for field in PRICES if not _is_number(record.get(field)))
    return f"{field} is not a number", repr(record[field])


def _name(record: Any, index: int) -> str:
    product = record.get("productId") if isinstance(record, dict) else None
    return f"productId {product}" if product is not None else f"result {index}"


def _checked(raw: pl.DataFrame) -> pl.DataFrame:
    """Adds `reason` and `value` of the first broken rule, null where all hold."""
    rules: list[tuple[pl.Expr, str, pl.Expr]] = [
        (pl.col("printing") == "", "subTypeName is empty", pl.col("subTypeName")),
    ]
    for field in PRICES:
        column, value_text = pl.col(field), pl.col(field).cast(pl.String)
        rules.append((column < 0, f"{field} is negative", value_text))
        rules.append(
            (to_cents(pl.when(column.is_between(0, 1)).then(column)) == 0, f"{field} is 0", value_text)
        )
        rules.append(
            ((column > MAX_DOLLARS) | column.is_nan(), f"{field} is above {MAX_DOLLARS}", value_text)
        )
    nothing = pl.all_horizontal(pl.col(field).is_null() for field in PRICES)
    rules.append((nothing, "no price: market, low and mid are all null", pl.lit("null")))
    reason, value = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for broken, text, value_text in reversed(rules):
        reason = pl.when(broken).then(pl.lit(text)).otherwise(reason)
        value = pl.when(broken).then(value_text).otherwise(value)
    printing = pl.col("subTypeName").str.strip_chars().str.to_lowercase().str.replace_all(r"\W+", "_")
    return raw.with_columns(printing=printing).with_columns(reason=reason, value=value)


def _conflicts(checked: pl.DataFrame) -> pl.DataFrame:
    """Marks exact copies, and refuses records of one product and printing that contradict each other."""
    key = ["category", "productId", "printing"]
    sound = pl.col("reason").is_null()
    prices = pl.struct(*PRICES)
    repeated = checked.filter(sound).filter(pl.struct(key).is_duplicated()).select(key).unique()
    if repeated.is_empty():
        return checked.with_columns(is_copy=pl.lit(value=False))
    marked = checked.join(
        repeated.with_columns(is_repeated=pl.lit(value=True)), on=key, how="left"
    ).with_columns(is_repeated=pl.col("is_repeated").fill_null(value=False) & sound)
    contradicts = pl.col("is_repeated") & (prices.n_unique().over([*key, "is_repeated"]) > 1)
    return marked.with_columns(
        reason=pl.when(contradicts).then(pl.lit("two different prices in one snapshot")).otherwise("reason"),
        value=pl.when(contradicts).then(pl.col("marketPrice").cast(pl.String)).otherwise("value"),
        is_copy=pl.col("is_repeated")
        & ~contradicts
        & (pl.int_range(pl.len()).over([*key, "is_repeated"]) > 0),
    ).drop("is_repeated")


def _observations(good: pl.DataFrame, day: date) -> pl.DataFrame:
    return conform(
        good.select(
            "category",
            source=pl.lit(SOURCE),
            source_product_id=pl.col("productId").cast(pl.String),
            printing="printing",
            condition=pl.lit("near_mint"),
            language=pl.lit("English"),
            day=pl.lit(day),
            recorded_at=pl.lit(datetime.combine(day, PUBLISHED_AT), UTC),
            market_cents=to_cents(pl.col("marketPrice")),
            low_cents=to_cents(pl.col("lowPrice")),
            mid_cents=to_cents(pl.col("midPrice")),
            seller_count=pl.lit(None, pl.Int32),
            available_quantity=pl.lit(None, pl.Int32),
        ),
        Observations,
    )


def _refused(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    return rows.select(
        "category",
        source=pl.lit(SOURCE),
        day=pl.lit(day),
        file="file",
        record=pl.format("productId {} {}", "productId", pl.col("subTypeName").fill_null("")),
        reason="reason",
        value=pl.col("value").fill_null("null").str.slice(0, 200),
        advice=pl.lit(ADVICE),
        parser_version=pl.lit(PARSER_VERSION),
    )


def _rejection(
    file: PriceFile, day: date, record: str, reason: str, value: str, advice: str
) -> dict[str, Any]:
    return {
        "category": file.category,
        "source": SOURCE,
        "day": day,
        "file": file.path,
        "record": record,
        "reason": reason,
        "value": value[:200],
        "advice": advice,
        "parser_version": PARSER_VERSION,
    }


def _frame(rejections: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rejections, schema=empty(Rejected).schema)
