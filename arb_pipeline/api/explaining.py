"""Explanation of one product on one day, from the service to the models of the routes."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel

from arb_pipeline.api.models.catalogue import (
    ConfidenceFactor,
    Contents,
    ContentsPart,
    ContentsValue,
    Exit,
    Offer,
    Offers,
    OutcomeBar,
    ProductOutcome,
    TopCard,
    Valuation,
    ValuationDetail,
)
from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.core.valuation.confidence import FACTORS
from arb_pipeline.services import catalogue
from arb_pipeline.services import explain as service
from arb_pipeline.settings import Settings
from arb_pipeline.storage.postgres.catalogue_listings import TOP_CARDS, VALUATIONS
from arb_pipeline.storage.postgres.tables import products, sealed_valuations

CARDS = 25
PACK = re.compile(r"pack ([^/]+)/")
VALUED_PACK = re.compile(r"\S+ x pack ([^-]+)")
"""Packs of a set, as trees of contents and values by part write them."""
EXITS = {
    "patient": "singles_value",
    "quick": "quick_sale_value",
    "cash": "cash_value",
    "resale": "resale_value",
}
"""Way to sell -> column of the valuation, where the analysis has it."""


def _day(connection: sa.Connection, product_id: str, as_of: date | None) -> date:
    """The analysed day of a product. Raises `NotFoundError` where there is none."""
    table = sealed_valuations.c
    query = sa.select(sa.func.max(table.as_of)).where(table.product_id == product_id)
    day: date | None = connection.scalar(query.where(table.as_of == as_of) if as_of else query)
    if day is not None:
        return day
    known = connection.scalar(sa.select(products.c.name).where(products.c.id == product_id))
    if known is None:
        raise NotFoundError("product", value=product_id, next_step="GET /api/v1/products lists them.")
    newest = connection.scalar(query)
    step = (
        f"Its newest analysed day is {newest}."
        if newest
        else "Analyse it: POST /api/v1/opportunities/analyze-all."
    )
    thing = f"{known} has no valuation{f' of {as_of}' if as_of else ''}"
    raise NotFoundError(thing, next_step=step)


def _explained(
    settings: Settings, engine: sa.Engine, product_id: str, as_of: date | None
) -> service.ExplanationView:
    with engine.connect() as connection:
        day = _day(connection, product_id, as_of)
        product = catalogue.resolve(connection, product_id)
        return service.explain(settings, connection, product, day=day, top=CARDS)


def valuation(settings: Settings, engine: sa.Engine, product_id: str, as_of: date | None) -> ValuationDetail:
    """A valuation with its highest-value cards and the factors of its confidence."""
    from arb_pipeline.storage.params import own_files, parameters

    with engine.connect() as connection:
        day = _day(connection, product_id, as_of)
        text = _json(connection, VALUATIONS.columns, VALUATIONS.tables, product_id, day, "v")
        tables = "valuation_singles s JOIN products p ON p.id = s.single_product_id"
        cards = _json(connection, TOP_CARDS, tables, product_id, day, "s", order="s.rank")
    weights = parameters(day, own_files(settings)).confidence.weights
    row = Valuation.model_validate(text[0])
    return ValuationDetail(
        **row.model_dump(),
        top_cards=[TopCard.model_validate(card) for card in cards],
        confidence_factors=_factors(text[0], weights),
    )


def _json(
    connection: sa.Connection,
    columns: Mapping[str, str],
    tables: str,
    product_id: str,
    day: date,
    alias: str,
    order: str = "1",
) -> list[dict[str, Any]]:
    shown = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    sql = (
        f"SELECT {shown} FROM {tables} WHERE {alias}.product_id = %(id)s "  # noqa: S608 - declared columns
        f"AND {alias}.as_of = %(day)s ORDER BY {order}"
    )
    return [dict(row) for row in connection.exec_driver_sql(sql, {"id": product_id, "day": day}).mappings()]


def _factors(row: Mapping[str, Any], weights: Mapping[str, float]) -> list[ConfidenceFactor]:
    missing = row["missing_factors"]
    return [
        ConfidenceFactor(
            name=name,
            value=float(row[FACTORS[name][0]] or 0),
            weight=weight,
            is_missing=name in missing,
        )
        for name, weight in weights.items()
    ]


def contents(settings: Settings, engine: sa.Engine, product_id: str, as_of: date | None) -> Contents:
    """Contents of a product."""
    view = _explained(settings, engine, product_id, as_of)
    row = view.valuation
    codes = {
        *pack_sets(view.tree),
        *(pack[1] for part in view.parts if (pack := VALUED_PACK.match(part.part))),
    }
    return Contents(
        product_id=row.product_id,
        as_of=row.as_of,
        is_complete=row.contents_complete,
        unknown_parts=list(row.unknown_parts),
        tree=[ContentsPart.model_validate(part.model_dump()) for part in view.tree],
        values=[
            ContentsValue(part=part.part, copies=part.copies, gross=_money(part.gross), net=_money(part.net))
            for part in view.parts
        ],
        set_names=_set_names(engine, codes),
        currency="USD",
    )


def pack_sets(parts: Iterable[service.ContentsPart]) -> Iterator[str]:
    """Set codes of the packs in a tree of contents."""
    for part in parts:
        if pack := PACK.match(part.label):
            yield pack[1]
        yield from pack_sets(part.parts)


def _set_names(engine: sa.Engine, codes: Collection[str]) -> dict[str, str]:
    """Code -> name of the sets that the catalogue knows."""
    table = products.c
    query = sa.select(sa.func.lower(table.set_code), sa.func.max(table.set_name)).where(
        sa.func.lower(table.set_code).in_(codes), table.set_name.is_not(None)
    )
    with engine.connect() as connection:
        rows = connection.execute(query.group_by(sa.func.lower(table.set_code))).all()
    return {str(code): str(name) for code, name in rows}


def outcome(settings: Settings, engine: sa.Engine, product_id: str, as_of: date | None) -> ProductOutcome:
    """Distribution of the net value of one opened product."""
    view = _explained(settings, engine, product_id, as_of)
    row = view.valuation
    return ProductOutcome(
        product_id=row.product_id,
        as_of=row.as_of,
        currency="USD",
        cost=row.sealed_price,
        mean=row.outcome_mean,
        sd=row.outcome_sd,
        p5=row.p5,
        p50=row.p50,
        p95=row.p95,
        p_profit=row.p_profit,
        bars=[
            OutcomeBar(low=_money(bar.low), high=_money(bar.high), chance=bar.chance) for bar in view.outcome
        ],
        exits=[
            _exit(name, getattr(row, column), row.sealed_price)
            for name, column in EXITS.items()
            if column in type(row).model_fields
        ],
    )


def _exit(name: Any, value: Decimal | None, cost: Decimal | None) -> Exit:
    profit = None if value is None or cost is None else value - cost
    margin = None if profit is None or not cost else float(round(100 * profit / cost, 2))
    return Exit(name=name, value=value, profit=profit, margin_percentage=margin)


def offers(settings: Settings, engine: sa.Engine, product_id: str, as_of: date | None) -> Offers:
    """All offers of a product on a day."""
    view = _explained(settings, engine, product_id, as_of)
    items = [
        Offer(
            source=offer.source,
            source_product_id=offer.source_product_id,
            price=_money(offer.price),
            shipping=_money(offer.shipping),
            landed=_money(offer.landed),
            currency="USD",
            is_shipping_stated=offer.is_shipping_told,
            sellers=offer.sellers,
            quantity=offer.quantity,
            moq=offer.moq,
            recorded_at=offer.recorded_at,
            source_url=offer.source_url,
            exclusion_reason=offer.objection,
            is_price=offer.is_price,
        )
        for offer in view.offers
    ]
    return Offers(product_id=view.valuation.product_id, as_of=view.valuation.as_of, items=items)


def _money(dollars: Decimal | None) -> Any:
    return None if dollars is None else round(dollars, 2)


PARTS: Mapping[str, Callable[[Settings, sa.Engine, str, date | None], BaseModel]] = {
    "valuation": valuation,
    "contents": contents,
    "outcome": outcome,
    "offers": offers,
}
"""Part -> function that computes it in a worker."""
