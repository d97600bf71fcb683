"""From the lake's frames to figures: a line's net, packs by sheets, mixtures by alternatives."""

from math import comb
from typing import Any

import polars as pl
import pytest
from builders import frame, line_row

from arb_pipeline.contracts.contents import CARDS, SEALED, Draws, Lines, PackSheets
from arb_pipeline.core.outcome.frames import Drawn, bundles, outcome_of, outcomes

Row = dict[str, Any]
NO_DRAWS: list[Row] = []


def in_pack(card: str, copies: float, net: float | None, **changes: Any) -> Row:
    """A card of 36 packs, `copies` expected in each."""
    row = {
        "single_product_id": card,
        "pack": "tst-draft",
        "sheet": "rare",
        "quantity": 36,
        "guaranteed": False,
    }
    row |= {"pull_probability": copies, "expected_copies": 36 * copies}
    return line_row(**row | changes) | {"net_cents": net}


def certain(card: str, copies: int, net: float | None) -> Row:
    return line_row(single_product_id=card, quantity=copies, expected_copies=float(copies)) | {
        "net_cents": net
    }


def lines_of(*rows: Row) -> pl.DataFrame:
    return frame(rows, Lines).with_columns(
        net_cents=pl.Series([row["net_cents"] for row in rows], dtype=pl.Float64)
    )


def taken(sheet: str = "rare", **changes: Any) -> Row:
    row = {"pack": "tst-draft", "configuration": 0, "chance": 1.0, "sheet": sheet, "taken": 1}
    return row | {"is_fixed": False, "population": None, "sample_packs": None} | changes


def drawn_row(**changes: Any) -> Row:
    """36 packs of the product itself."""
    row = {"sealed_product_id": "box", "bundle": 0, "parent": None, "mixture": None, "repeats": 1, "draws": 1}
    row |= {"replacement": False, "weight": 1.0, "pack": "tst-draft", "card_id": None, "quantity": 36}
    return row | changes


def drawn_of(sheets: list[Row], draws: list[Row]) -> Drawn:
    frames = (
        pl.DataFrame(rows, schema=schema(c), orient="row")
        for rows, c in ((sheets, PackSheets), (draws, Draws))
    )
    return Drawn(*frames)


def schema(contract: Any) -> dict[str, Any]:
    keys = {"sealed_product_id": SEALED, "card_id": CARDS} if contract is Draws else {}
    return {name: keys.get(name, dtype) for name, dtype in frame([], contract).schema.items()}


def price(cents: int | None, product: str = "box") -> pl.DataFrame:
    return pl.DataFrame(
        {"product_id": [product], "sealed_price_cents": [cents]},
        schema_overrides={"sealed_price_cents": pl.Int64},
    )


def test_a_box_of_packs_by_hand():
    # One card of four is worth 1000: 36 packs hold Binomial(36, 1/4) of them, mean 9, sd sqrt(36 x 3/16) = 2.598.
    lines = lines_of(in_pack("a", 0.25, 1000.0), in_pack("b", 0.75, None))
    result = outcomes(lines, drawn_of([taken()], [drawn_row()]), price(8_999)).row(0, named=True)

    assert (result["outcome_mean_cents"], result["outcome_sd_cents"]) == (9_000, 2_598)
    assert (result["p5_cents"], result["p50_cents"], result["p95_cents"]) == (5_000, 9_000, 13_000)
    at_least_nine = sum(comb(36, n) * 3 ** (36 - n) for n in range(9, 37)) / 4**36
    assert result["p_profit"] == pytest.approx(at_least_nine, abs=1e-5)


def test_a_pull_probability_that_a_mixture_thins_is_a_share_of_its_sheet():
    # The same pack, one time in two: its cards' expected copies halve, their shares of the sheet do not.
    lines = lines_of(in_pack("a", 0.125, 1000.0), in_pack("b", 0.375, 0.0))
    nothing = {"bundle": 2, "parent": 0, "mixture": 0, "pack": "", "quantity": 0}
    draws = [
        drawn_row(pack="", quantity=0),
        drawn_row(bundle=1, parent=0, mixture=0, quantity=1),
        drawn_row(**nothing),
    ]
    result = dict(bundles(lines, drawn_of([taken()], draws)))["box"]

    assert result.mean == pytest.approx(125)
    assert result.variance == pytest.approx(0.125 * 0.875 * 1000**2)


def test_guaranteed_cards_are_certain_whatever_their_number():
    result = outcomes(
        lines_of(certain("a", 10, 800.0), certain("b", 2, None)), drawn_of([], NO_DRAWS), price(7_999)
    )

    assert result.row(0)[1:] == (8_000, 0, 8_000, 8_000, 8_000, 0, 0, 1.0, None)


def test_without_a_price_there_is_no_chance_of_profit():
    result = outcomes(lines_of(certain("a", 10, 800.0)), drawn_of([], NO_DRAWS), price(None)).row(
        0, named=True
    )

    assert (result["outcome_mean_cents"], result["p_profit"]) == (8_000, None)


def test_a_fixed_sheet_comes_whole():
    # Two themes, one in two packs each: 3 cards of 100, or 2 of 500.
    lines = lines_of(
        in_pack("a", 1.5, 100.0, sheet="one", quantity=1, expected_copies=1.5),
        in_pack("b", 1.0, 500.0, sheet="two", quantity=1, expected_copies=1.0),
    )
    sheets = [
        taken("one", chance=0.5, taken=3, is_fixed=True),
        taken("two", configuration=1, chance=0.5, taken=2, is_fixed=True),
    ]
    result = outcome_of("box", lines, pl.DataFrame(), drawn_of(sheets, [drawn_row(quantity=1)]))

    assert result is not None
    assert (result.values.tolist(), result.chances.tolist()) == ([300, 1000], [0.5, 0.5])


def test_a_card_of_an_alternative_nets_what_its_own_line_says():
    # The same card, certain once at 900 and one of two at 400 (a buyer takes no second one at 900).
    one_of = {
        "guaranteed": False,
        "sheet": "variable",
        "quantity": 1,
        "pull_probability": 0.5,
        "expected_copies": 0.5,
    }
    lines = lines_of(certain("a", 1, 900.0), line_row(**one_of) | {"net_cents": 400.0})
    draws = [
        drawn_row(pack="", quantity=0),
        drawn_row(bundle=1, parent=0, mixture=0, pack="", card_id="a:normal", quantity=1),
        drawn_row(bundle=2, parent=0, mixture=0, pack="", quantity=0),
    ]
    result = outcome_of("box", lines, pl.DataFrame(), drawn_of([], draws))

    assert result is not None
    assert (result.values.tolist(), result.chances.tolist()) == ([900, 1300], [0.5, 0.5])


def test_products_share_a_pack_only_where_its_cards_net_the_same():
    rows = [
        in_pack(card, 0.5, net, sealed_product_id=product)
        for product, nets in {"x": (10.0, 20.0), "y": (10.0, 20.0), "z": (10.0, 15.0)}.items()
        for card, net in zip("ab", nets, strict=True)
    ]
    draws = [drawn_row(sealed_product_id=product, quantity=1) for product in "xyz"]
    result = dict(bundles(lines_of(*rows), drawn_of([taken()], draws)))
    x, y, z = (result[product].packs[0][0] for product in "xyz")

    assert x is y
    assert x is not z
    assert (x.mean, z.mean) == pytest.approx((15, 12.5))


def test_measured_rates_count_by_rarity():
    # Two rarities of 1/4 and 3/4, measured on 100 packs: (1000 - 0)^2 x 3/16 / 100 per pack. Within a rarity
    # cards are equally likely: the same value in two cards changes nothing.
    lines = lines_of(
        in_pack("a", 0.125, 1500.0, rarity="mythic"),
        in_pack("b", 0.125, 500.0, rarity="mythic"),
        in_pack("c", 0.75, 0.0, rarity="rare"),
    )
    pack = dict(bundles(lines, drawn_of([taken(sample_packs=100)], [drawn_row()])))["box"].packs[0][0]

    assert pack.rates_variance == pytest.approx(1000**2 * 3 / 16 / 100)
    known = dict(bundles(lines, drawn_of([taken()], [drawn_row()])))["box"].packs[0][0]
    assert known.rates_variance == 0


@pytest.mark.parametrize("drawn", [drawn_of([], [drawn_row()]), drawn_of([taken()], NO_DRAWS)])
def test_a_product_of_whose_draws_nothing_is_known_has_no_figures(drawn):
    assert outcomes(lines_of(in_pack("a", 1.0, 100.0)), drawn, price(1)).is_empty()
