"""Structure of draws: rows that the lines, which are expectations, do not have."""

import polars as pl
import pytest
from builders import booster, frame, sheet

from arb_pipeline.contracts.base import conform, empty
from arb_pipeline.contracts.catalog import Printings
from arb_pipeline.contracts.contents import Draws
from arb_pipeline.core.contents.booster import BoosterError, sheets_taken
from arb_pipeline.core.contents.draw_structure import draws
from arb_pipeline.core.contents.sealed_graph import CardRef, Contents, Mixture, Part, Resolved

BOX = ("tst", "Box")


def card(number: str, **more):
    return {"card": [{"name": f"Card {number}", "set": "tst", "number": number}], **more}


def contents(**products) -> Contents:
    named = {("tst", name.capitalize()): record for name, record in products.items()}
    return Contents(named, {("tst", "Deck"): [(CardRef("tst", "9", "nonfoil"), 40)]}, {"tst-draft": None})


def rows(resolved: Resolved) -> list[dict]:
    made = conform(draws({"box": resolved}, empty(Printings), category="mtg"), Draws)
    return made.with_columns(pl.col("sealed_product_id").cast(pl.String)).to_dicts()


def test_a_pack_takes_of_its_sheets_by_configuration():
    file = booster(
        boosters=[
            {"sheets": {"common": 3, "rare": 1}, "weight": 3},
            {"sheets": {"common": 2, "lands": 1}, "weight": 1},
        ],
        sheets=booster()["sheets"] | {"lands": sheet({"tst:8": 2, "tst:9": 1}, fixed=True)},
    )
    result = [
        (t.configuration, t.chance, t.sheet, t.taken, t.is_fixed, t.population) for t in sheets_taken(file)
    ]

    assert result == [
        (0, 0.75, "common", 3, False, 4),
        (0, 0.75, "rare", 1, False, 2),
        (1, 0.25, "common", 2, False, 4),
        (1, 0.25, "lands", 3, True, None),
    ]


@pytest.mark.parametrize(
    "changed", [sheet({"tst:1": 1, "tst:2": 2}), sheet({"tst:1": 1, "tst:2": 1}, allow_duplicates=True)]
)
def test_unequal_cards_and_duplicates_are_drawn_independently(changed):
    file = booster(sheets=booster()["sheets"] | {"common": changed})

    assert [t.population for t in sheets_taken(file) if t.sheet == "common"] == [None]


def test_a_sample_is_of_the_whole_booster_or_of_a_sheet():
    plain = booster()["sheets"]
    whole = booster(about={"sample_packs": 8000})
    one = booster(sheets=plain | {"rare": plain["rare"] | {"sample_packs": 500}})

    assert [t.sample_packs for t in sheets_taken(whole)] == [8000, 8000]
    assert [t.sample_packs for t in sheets_taken(one)] == [None, 500]
    assert [t.sample_packs for t in sheets_taken(booster())] == [None, None]


@pytest.mark.parametrize("sample", [0, -1, 2.5, "8000", True])
def test_a_sample_that_is_no_number_of_packs_is_refused(sample):
    with pytest.raises(BoosterError, match="sample_packs of sheet 'common' should be 1 or more"):
        list(sheets_taken(booster(about={"sample_packs": sample})))


def test_part_of_a_card_is_refused():
    file = booster(boosters=[{"sheets": {"common": 2.5, "rare": 1}, "weight": 1}])

    with pytest.raises(BoosterError, match=r"2\.5 cards of sheet 'common'; a whole number is due"):
        list(sheets_taken(file))


def test_a_mixture_is_kept_beside_its_expectations():
    result = contents(
        box={"variable": [card("1", chance=3), card("2", chance=1)], "variable_mode": {"weight": 4}}
    )
    resolved = result.resolve(BOX)

    assert [(p.item.number, p.quantity, p.probability, p.guaranteed) for p in resolved.parts] == [
        ("1", 1, 0.75, False),
        ("2", 1, 0.25, False),
    ]
    ((mixture, repeats),) = resolved.mixtures
    assert (mixture.draws, mixture.replacement, repeats) == (1, False, 1)
    assert [(weight, [p.item.number for p in held.parts]) for weight, held in mixture.alternatives] == [
        (3, ["1"]),
        (1, ["2"]),
    ]


def test_alternatives_that_all_come_are_certain_and_no_mixture():
    mode = {"count": 2, "replacement": False}
    resolved = contents(box={"variable": [card("1"), card("2")], "variable_mode": mode}).resolve(BOX)

    assert [part.guaranteed for part in resolved.parts] == [True, True]
    assert resolved.mixtures == []


def test_a_nested_product_that_comes_three_times_draws_three_times():
    kit = {"variable": [card("1"), card("2")]}
    box = {"sealed": [{"name": "Kit", "set": "tst", "count": 3}], "pack": [{"set": "tst", "code": "draft"}]}
    resolved = contents(box=box, kit=kit).resolve(BOX)

    assert [times for _, times in resolved.mixtures] == [3]
    assert [(p.item, p.quantity) for p in resolved.parts if isinstance(p.item, str)] == [("tst-draft", 1)]


def test_a_mixture_within_an_alternative_stays_below_it():
    kit = {"variable": [card("1"), card("2")]}
    box = {"variable": [{"sealed": [{"name": "Kit", "set": "tst", "count": 2}]}, card("3")]}
    resolved = contents(box=box, kit=kit).resolve(BOX)
    result = rows(resolved)

    assert [times for _, times in resolved.mixtures] == [1]
    key = [(r["bundle"], r["parent"], r["mixture"], r["repeats"], r["quantity"]) for r in result]
    # The product, the kit (nothing certain), its two cards two times anew, and the other card.
    assert sorted(key, key=lambda k: k[0]) == [
        (0, None, None, 1, 0),
        (1, 0, 0, 1, 0),
        (2, 1, 1, 2, 1),
        (3, 1, 1, 2, 1),
        (4, 0, 0, 1, 1),
    ]


def test_rows_name_the_packs_and_the_cards_of_each_bundle():
    one, two = Resolved([Part("tst-draft", 2)]), Resolved([Part(CardRef("tst", "9", "foil"), 40)])
    mixture = Mixture([(5.0, one), (1.0, two)], draws=2, replacement=True)
    held = Resolved([Part("tst-draft", 3), Part("tst-draft", 1, 0.5, varies=True)], [(mixture, 4)])
    result = rows(held)

    assert [(r["bundle"], r["pack"], r["quantity"], r["weight"]) for r in result] == [
        (0, "tst-draft", 3, 1.0),
        (1, "tst-draft", 2, 5.0),
        (2, "", 40, 1.0),
    ]
    assert [r["card_id"] is not None for r in result] == [False, False, True]
    assert {(r["repeats"], r["draws"], r["replacement"]) for r in result[1:]} == {(4, 2, True)}


def test_products_of_certain_cards_and_incomplete_ones_have_no_rows():
    certain = Resolved([Part(CardRef("tst", "9", "nonfoil"), 60)])
    unknown = Resolved([Part("tst-draft", 3)], unknown=["a pack that nobody knows"])

    assert draws({"a": certain, "b": unknown}, frame([], Printings), category="mtg").is_empty()
