"""What lies behind one valuation: parts, cards, factors. For the command line, and a later API."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import polars as pl

from arb_pipeline.contracts.contents import SEALED
from arb_pipeline.core.outcome.frames import Drawn, outcome_of
from arb_pipeline.core.valuation.buylist_cap import with_line_nets
from arb_pipeline.core.valuation.confidence import FACTORS
from arb_pipeline.core.valuation.top_cards import top_cards
from arb_pipeline.settings import Settings
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.params import parameters

BARS = 24
"""Of the outcome: as many as a terminal shows without scrolling."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One product on one day. Money in dollars."""

    FACTORS: ClassVar[dict[str, str]] = {name: column for name, (column, _) in FACTORS.items()}

    valuation: dict[str, Any]
    """The row of `sealed_valuations`."""
    tree: list[dict[str, Any]]
    """kind, label, count, chance, parts: the contents, down to packs, decks and cards."""
    parts: list[dict[str, Any]]
    """part, copies, gross, net: each pack kind, and the guaranteed cards."""
    cards: list[dict[str, Any]]
    """The cards that carry it: name, is_foil, guaranteed, expected_copies, price, net, channel, value."""
    offers: list[dict[str, Any]]
    """source, price, shipping, landed, sellers, quantity, moq, objection ...: cheapest first."""
    weights: dict[str, float]
    """Confidence weight of each factor."""
    outcome: list[dict[str, float]]
    """low, high, chance: bars of what one opened may net, with all chances; none where it has no value."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        names = ("valuation", "tree", "parts", "cards", "offers", "weights", "outcome")
        return {name: getattr(self, name) for name in names}


def explain_product(settings: Settings, valuation: dict[str, Any], *, day: date, top: int) -> Explained:
    """Joins one valuation with the lines and nets that it came from."""
    lake = Lake(settings.lake)
    nets = lake.read("valuation/card_nets", category=valuation["category"], day=day)
    lines = lake.read("contents/lines")
    product_id = valuation["product_id"]
    mine = lines.filter(pl.col("sealed_product_id") == pl.lit(product_id).cast(SEALED))
    return Explained(
        valuation=valuation,
        tree=_tree(lake.read("contents/parts"), product_id),
        parts=_parts(mine, nets),
        cards=_cards(top_cards(lines, nets, [product_id], n=top)),
        offers=_offers(lake, valuation, day),
        weights=parameters(day, settings.params).confidence.weights,
        outcome=[] if valuation["p50"] is None else _outcome(lake, product_id, mine, nets),
    )


def _tree(parts: pl.DataFrame, product_id: str, above: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Nested parts; a product that holds itself is not followed again."""
    children = []
    for part in parts.filter(pl.col("sealed_product_id") == product_id).iter_rows(named=True):
        child = part["child_product_id"]
        is_new = child and child not in (*above, product_id)
        nested = _tree(parts, child, (*above, product_id)) if is_new else []
        children.append({k: part[k] for k in ("kind", "label", "count", "chance")} | {"parts": nested})
    return children


def _outcome(lake: Lake, product_id: str, lines: pl.DataFrame, nets: pl.DataFrame) -> list[dict[str, float]]:
    drawn = Drawn(lake.read("contents/pack_sheets"), lake.read("contents/draws"))
    found = outcome_of(product_id, lines, nets, drawn)
    bars = found.bars(BARS) if found else []
    return [{"low": low / 100, "high": high / 100, "chance": chance} for low, high, chance in bars]


def _parts(lines: pl.DataFrame, nets: pl.DataFrame) -> list[dict[str, Any]]:
    kind = (
        pl.when(pl.col("pack") != "")
        .then(pl.format("{} x pack {}", "quantity", "pack"))
        .when("guaranteed")
        .then(pl.lit("guaranteed cards"))
        .otherwise(pl.lit("one of several"))
    )
    copies = pl.col("expected_copies")
    summed = (
        with_line_nets(lines, nets)
        .join(nets.select("card_id", "reference_cents"), on="card_id", how="left")
        .group_by(part=kind)
        .agg(
            copies=copies.sum(),
            gross=(copies * pl.col("reference_cents")).sum() / 100,
            net=(copies * pl.col("net_cents")).sum() / 100,
        )
    )
    return summed.sort("net", descending=True).to_dicts()


def _cards(cards: pl.DataFrame) -> list[dict[str, Any]]:
    return cards.select(
        "name",
        "is_foil",
        "guaranteed",
        "rarity",
        "expected_copies",
        "channel",
        price=pl.col("reference_cents") / 100,
        net=pl.col("net_cents") / 100,
        value=pl.col("value_cents") / 100,
    ).to_dicts()


def _offers(lake: Lake, valuation: dict[str, Any], day: date) -> list[dict[str, Any]]:
    """The product's offers that day; none on a day valued before offers were kept."""
    try:
        offers = lake.read("valuation/offers", category=valuation["category"], day=day)
    except FileNotFoundError:
        return []
    return (
        offers.filter(pl.col("product_id") == valuation["product_id"])
        .select(
            "source",
            "source_product_id",
            "is_shipping_told",
            "sellers",
            "quantity",
            "moq",
            "recorded_at",
            "source_url",
            "objection",
            price=pl.col("list_price_cents") / 100,
            shipping=pl.col("shipping_cents") / 100,
            landed=pl.col("landed_cents") / 100,
        )
        .to_dicts()
    )
