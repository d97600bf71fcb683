"""Shared cleaning of quotes: rules that reject records, copies, US cents, and the balance.

A record has one outcome, however many prices it states:
raw = quoted + unquoted + duplicates + refused.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from arb_pipeline.contracts.base import conform, empty
from arb_pipeline.contracts.prices import Rejected
from arb_pipeline.contracts.quotes import MAX_CENTS, Quotes
from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.sources.cleaning import Quoted
from arb_pipeline.sources.quote_rules import ADVICE, CONTRADICTION, REPORT, SCIENTIFIC, Rule, shared_rules
from arb_pipeline.sources.raw_frames import MARK, META, Batch, Kind, raw_frame

AHEAD = timedelta(days=1)
"""Time that a source may be ahead of the local clock: its clock or its zone."""
TOO_MUCH = MAX_CENTS + 1
LARGEST = Decimal(10**20)
"""Largest amount of any currency; beyond it a quotient has more digits than are stored."""
OPTIONAL = {
    "match_id": pl.String,
    "title": pl.String,
    "upc": pl.String,
    "shipping_cents": pl.Int64,
    "seller": pl.Int64,
    "seller_count": pl.Int32,
    "available_quantity": pl.Int32,
    "moq": pl.Int32,
    "case_size": pl.Int32,
    "available_on": pl.Date,
    "is_presale": pl.Boolean,
    "source_url": pl.String,
}


@dataclass(frozen=True, slots=True)
class Source:
    """Rules that turn one source's records into quotes."""

    name: str
    version: str
    """Version of the cleaning; a replay after a fix recognises earlier rejections by it."""
    fields: Mapping[str, Kind]
    amounts: Mapping[str, bool]
    """Fields of money -> whether they may be 0."""
    columns: Mapping[str, pl.Expr]
    """Made of the fields before the rules; `_currency` and `_id` have to be among them."""
    record: pl.Expr
    """Label of a record."""
    key: tuple[str, ...]
    """Columns that identify a product in one state: a source states its terms once a day."""
    terms: tuple[str, ...]
    """Columns of its terms: two records of equal keys and terms are copies."""
    rules: tuple[Rule, ...]
    quotes: Callable[[pl.DataFrame], list[pl.DataFrame]]
    """Frames made by `quotes_at`."""
    unquoted: pl.Expr
    """Reason for a record without a quote."""
    first_rules: tuple[Rule, ...] = ()
    """Faults found by the parser; checked before all others."""
    states_once: bool = True
    """True if two records of equal keys and different terms are contradictory, instead of two offers."""


def clean(source: Source, batches: Iterable[Batch], *, rates: Rates, now: datetime) -> Quoted:
    """Quotes of all batches. Invalid records and files are rejected alone."""
    frames, rejections = [], []
    for batch in batches:
        if refusal := _refused_file(batch, now):
            rejections.append(_rejection(source, batch, "", *refusal))
            continue
        frame, misfits = raw_frame(batch, source.fields)
        frames.append(frame)
        rejections += [
            _rejection(source, batch, name, "not_an_object: the record is no JSON object", value, REPORT)
            for name, value in misfits
        ]
    frames.append(pl.DataFrame(schema={**dict.fromkeys(source.fields, pl.String), **META}))
    raw = pl.concat(frames)
    raw = raw.with_row_index("_row").with_columns(_day=pl.col("_at").dt.date()).with_columns(**source.columns)
    raw = raw.with_columns(_record=pl.coalesce(_unmarked(source.record), pl.format("record {}", "_n")))
    texts = [field for field in source.fields if field not in source.amounts]
    shared = shared_rules(texts, source.amounts, rates, raw.select("_currency", "_day"))
    rules = (*source.first_rules, *shared, *source.rules, CONTRADICTION)
    judged = _judged(_in_cents(raw, source.amounts, rates), rules)
    sound = _settled(judged.filter(pl.col("_fault").is_null()), source)
    bad = pl.concat([judged.filter(pl.col("_fault").is_not_null()), _contradictions(sound, rules)])
    good = sound.filter(pl.col("_fate").is_null())
    quotes = pl.concat(source.quotes(good))
    refused = pl.concat(
        [_refused(bad, rules, source), pl.DataFrame(rejections, schema=empty(Rejected).schema)]
    )
    silent = good.join(quotes.select("_row").unique(), on="_row", how="anti").with_columns(
        why=source.unquoted
    )
    unquoted = dict(silent["why"].value_counts(sort=True).rows())
    if superseded := sound.filter(pl.col("_fate") == "superseded").height:
        unquoted["superseded"] = superseded
    return Quoted(
        quotes=conform(quotes.with_columns(source=pl.lit(source.name)), Quotes),
        rejected=conform(refused, Rejected),
        version=source.version,
        raw=raw.height + sum(row["record"] != "" for row in rejections),
        quoted=good.height - silent.height,
        unquoted=unquoted,
        duplicates=sound.filter(pl.col("_fate") == "duplicate").height,
    )


def quotes_at(good: pl.DataFrame, *, price: str, price_type: str, **columns: Any) -> pl.DataFrame:
    """Quotes of one price; records that do not state it, or state 0, give none.

    `columns`: of the contract; those that are left out are unknown.
    """
    absent = {name: pl.lit(None, dtype) for name, dtype in OPTIONAL.items()}
    given: dict[str, Any] = {
        "category": pl.col("_category"),
        "source_product_id": pl.col("_id"),
        "printing": pl.lit("normal"),
        "language": pl.lit("English"),
        "day": pl.col("_day"),
        "recorded_at": pl.col("_at"),
        "currency": pl.col("_currency"),
        "file": pl.col("_file"),
        "record": pl.col("_record"),
        **absent,
        **{
            name: pl.lit(column) if isinstance(column, (str, float)) else column
            for name, column in columns.items()
        },
    }
    dtypes: dict[str, Any] = empty(Quotes).schema
    return good.filter(pl.col(f"{price}_cents") > 0).select(
        "_row",
        price_type=pl.lit(price_type),
        price_cents=pl.col(f"{price}_cents"),
        amount_text=pl.col(price),
        **{name: expression.cast(dtypes[name]) for name, expression in given.items()},
    )


def lowest(offers: pl.DataFrame, *, price: str) -> pl.DataFrame:
    """Cheapest offer with shipping per product; offers of unknown shipping come last."""
    shipping = pl.col("shipping_cents")
    return (
        offers.filter(pl.col(f"{price}_cents") > 0)
        .sort(shipping.is_null(), pl.col(f"{price}_cents") + shipping.fill_null(0), "_file", "_n")
        .unique(["_id", "_day"], keep="first", maintain_order=True)
    )


def whole(field: str) -> pl.Expr:
    """A field of digits as a number."""
    return pl.col(field).str.to_integer(strict=False).cast(pl.Int32, strict=False)


def _in_cents(frame: pl.DataFrame, amounts: Iterable[str], rates: Rates) -> pl.DataFrame:
    """Adds `<field>_cents`: null where there is no number, or no rate for it."""
    on = ["_currency", "_day"]
    for field in amounts:
        readable = frame.filter(pl.col(field).str.contains(f"^(?:{SCIENTIFIC})$"))
        distinct = readable.select(field, *on).drop_nulls().unique()
        cents = [_cents(text, currency, day, rates) for text, currency, day in distinct.rows()]
        known = distinct.with_columns(pl.Series(f"{field}_cents", cents, dtype=pl.Int64))
        frame = frame.join(known, on=[field, *on], how="left", maintain_order="left")
    return frame


def _cents(text: str, currency: str, day: Any, rates: Rates) -> int | None:
    cents = rates.to_cents(max(-LARGEST, min(Decimal(text), LARGEST)), currency, day)
    return None if cents is None else max(-TOO_MUCH, min(cents, TOO_MUCH))


def _judged(frame: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Adds `_fault`, the number of the first broken rule."""
    broken = [
        pl.when(rule.broken.fill_null(value=False)).then(pl.lit(at, pl.Int32))
        for at, rule in enumerate(rules)
    ]
    return frame.with_columns(_fault=pl.coalesce(broken))


def _settled(sound: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Adds `_fate`: the newest record per product and day counts, once."""
    key = ["_day", *source.key]
    named = sound.with_columns(_fate=pl.lit(None, pl.String))
    is_repeated = pl.struct(key).is_duplicated()
    repeated = named.filter(is_repeated)
    if repeated.is_empty():
        return named
    is_copy = pl.int_range(pl.len()).over([*key, *source.terms]) > 0
    is_late = pl.col("_at") < pl.col("_at").max().over(key)
    fate = pl.when("_copy").then(pl.lit("duplicate")).when("_late").then(pl.lit("superseded"))
    marked = (
        repeated.sort("_at", "_file", "_n", descending=[True, False, False])
        .with_columns(_copy=is_copy, _late=is_late)
        .with_columns(_fate=fate)
    )
    if source.states_once:
        rivals = pl.col("_fate").is_null().sum().over(key) > 1
        marked = marked.with_columns(
            _fate=pl.when(rivals & pl.col("_fate").is_null()).then(pl.lit("contradiction")).otherwise("_fate")
        )
    return pl.concat([named.filter(~is_repeated), marked.drop("_copy", "_late")])


def _contradictions(settled: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    against = settled.filter(pl.col("_fate") == "contradiction")
    return against.drop("_fate").with_columns(_fault=pl.lit(len(rules) - 1, pl.Int32))


def _refused(bad: pl.DataFrame, rules: Sequence[Rule], source: Source) -> pl.DataFrame:
    frames = [pl.DataFrame(schema=empty(Rejected).schema)]
    for at in bad["_fault"].unique().sort().to_list():
        rule = rules[at]
        value = _unmarked(rule.value.cast(pl.String)).fill_null("null")
        frames.append(
            bad.filter(pl.col("_fault") == at).select(
                category=pl.col("_category"),
                source=pl.lit(source.name),
                day=pl.col("_day"),
                file=pl.col("_file"),
                record=pl.coalesce(
                    source.record.str.replace_all(MARK, "", literal=True), pl.format("record {}", "_n")
                ),
                reason=pl.lit(rule.reason),
                value=value.str.slice(0, 200),
                advice=pl.lit(rule.advice),
                parser_version=pl.lit(source.version),
            )
        )
    return pl.concat(frames)


def _unmarked(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(MARK, "", literal=True)


def _refused_file(batch: Batch, now: datetime) -> tuple[str, str, str] | None:
    """(reason, value, advice) of an unreadable file."""
    if batch.problem:
        return batch.problem.reason, batch.problem.value, batch.problem.advice
    if batch.recorded_at > now + AHEAD:
        return "future: the file is of a day that has not come", str(batch.recorded_at), ADVICE["future"]
    return None


def _rejection(
    source: Source, batch: Batch, record: str, reason: str, value: str, advice: str
) -> dict[str, Any]:
    return {
        "category": batch.category,
        "source": source.name,
        "day": batch.recorded_at.date(),
        "file": batch.path,
        "record": record,
        "reason": reason,
        "value": value[:200],
        "advice": advice,
        "parser_version": source.version,
    }
