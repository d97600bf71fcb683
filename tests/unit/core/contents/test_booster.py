"""Booster odds: expected copies per pack."""

from collections import defaultdict
from typing import Any

import pytest
from builders import booster, sheet
from hypothesis import given, settings
from hypothesis import strategies as st

from arb_pipeline.core.contents.booster import BoosterError, pulls
from arb_pipeline.core.contents.game_contents import pack_pulls

LIMITED = settings(max_examples=60, deadline=None)


def copies(file: dict[str, Any]) -> dict[tuple[str, str, str], float]:
    """(sheet, number, finish) -> expected copies; a pair that comes twice is a fault of the test."""
    result = {(p.sheet, p.number, p.finish): p.expected_copies for p in pulls(file)}
    assert len(result) == len(list(pulls(file)))
    return result


def test_a_card_is_expected_as_often_as_its_share_of_the_sheet_times_the_cards_taken() -> None:
    result = copies(booster())
    assert result["common", "1", "nonfoil"] == pytest.approx(3 * 1 / 4)
    assert result["rare", "5", "nonfoil"] == pytest.approx(1 * 1 / 2)


def test_configurations_count_by_their_weight() -> None:
    file = booster(
        boosters=[
            {"sheets": {"common": 3, "rare": 1}, "weight": 7},
            {"sheets": {"common": 2, "mythic": 1}, "weight": 1},
        ],
        sheets=booster()["sheets"] | {"mythic": sheet({"tst:7": 1})},
    )
    result = copies(file)
    assert result["mythic", "7", "nonfoil"] == pytest.approx(1 / 8)
    # 7/8 of the packs hold a rare, each of two alike: 7/16.
    assert result["rare", "5", "nonfoil"] == pytest.approx(7 / 16)
    # 7/8 x 3 + 1/8 x 2 = 23/8 commons, of four alike: 23/32.
    assert result["common", "1", "nonfoil"] == pytest.approx(23 / 32)


def test_a_heavier_card_comes_oftener() -> None:
    file = booster(
        boosters=[{"sheets": {"rare": 1}, "weight": 1}],
        sheets={"rare": sheet({"tst:5": 2, "tst:6": 1, "tst:7": 1})},
    )
    assert copies(file)["rare", "5", "nonfoil"] == pytest.approx(0.5)


def test_a_one_in_twenty_thousand_pull_keeps_its_chance() -> None:
    file = booster(
        boosters=[{"sheets": {"hit": 1}, "weight": 1}, {"sheets": {"common": 1}, "weight": 19_999}],
        sheets=booster()["sheets"] | {"hit": sheet({"tst:9": 1})},
    )
    assert copies(file)["hit", "9", "nonfoil"] == pytest.approx(0.00005, rel=1e-12)


def test_a_fixed_sheet_gives_each_card_its_weight_as_a_count() -> None:
    file = booster(
        boosters=[{"sheets": {"theme": 3}, "weight": 1}],
        sheets={"theme": sheet({"tst:1": 2, "tst:2": 1}, fixed=True)},
    )
    assert copies(file) == {("theme", "1", "nonfoil"): 2.0, ("theme", "2", "nonfoil"): 1.0}


def test_a_fixed_sheet_of_half_the_packs_counts_half() -> None:
    file = booster(
        boosters=[{"sheets": {"theme": 3}, "weight": 1}, {"sheets": {"common": 1}, "weight": 1}],
        sheets=booster()["sheets"] | {"theme": sheet({"tst:8": 2, "tst:9": 1}, fixed=True)},
    )
    assert copies(file)["theme", "8", "nonfoil"] == pytest.approx(1.0)


def test_a_card_key_names_set_number_and_finish() -> None:
    cards = {"TST:10a": 1, "tst:273★": 1, "tst:5:foil": 1, "tst:6:etched": 1}
    file = booster(boosters=[{"sheets": {"s": 1}, "weight": 1}], sheets={"s": sheet(cards)})
    result = [(p.set_code, p.number, p.finish) for p in pulls(file)]
    assert result == [
        ("tst", "10a", "nonfoil"),
        ("tst", "273★", "nonfoil"),
        ("tst", "5", "foil"),
        ("tst", "6", "etched"),
    ]


def test_a_sheet_whose_weights_do_not_sum_is_refused_by_name() -> None:
    sheets = booster()["sheets"] | {"rare": sheet({"tst:5": 1, "tst:6": 1}, total_weight=3)}
    with pytest.raises(BoosterError, match="sheet 'rare' sum to 2, its total_weight says 3"):
        list(pulls(booster(sheets=sheets)))


def test_a_sheet_that_no_configuration_takes_from_must_add_up_too() -> None:
    sheets = booster()["sheets"] | {"spare": sheet({"tst:5": 1}, total_weight=3)}
    with pytest.raises(BoosterError, match="spare"):
        list(pulls(booster(sheets=sheets)))


def test_a_configuration_that_takes_from_an_unknown_sheet_is_refused_by_name() -> None:
    with pytest.raises(BoosterError, match="'mythic', which is not among"):
        list(pulls(booster(boosters=[{"sheets": {"mythic": 1}, "weight": 1}])))


@pytest.mark.parametrize("weight", [0, -1, "1", True, None, float("nan"), float("inf"), [1]])
def test_a_card_weight_that_is_no_positive_number_is_refused(weight: object) -> None:
    sheets = {
        "common": {"cards": {"tst:1": weight, "tst:2": 1}, "total_weight": 2},
        "rare": sheet({"tst:5": 1}),
    }
    with pytest.raises(BoosterError, match="tst:1 of sheet 'common'"):
        list(pulls(booster(sheets=sheets)))


@pytest.mark.parametrize("weight", [0, -1, "1", True, None])
def test_a_configuration_weight_that_is_no_positive_number_is_refused(weight: object) -> None:
    with pytest.raises(BoosterError, match="configuration 0"):
        list(pulls(booster(boosters=[{"sheets": {"common": 1}, "weight": weight}])))


@pytest.mark.parametrize("taken", [0, -2, "3", False, None])
def test_a_number_of_cards_taken_that_is_not_positive_is_refused(taken: object) -> None:
    with pytest.raises(BoosterError, match="taken from sheet 'common'"):
        list(pulls(booster(boosters=[{"sheets": {"common": taken}, "weight": 1}])))


@pytest.mark.parametrize("key", ["tst", "tst:1:shiny", ":1", "tst:", "tst:1:foil:etched", ""])
def test_a_card_key_that_does_not_read_is_refused(key: str) -> None:
    with pytest.raises(BoosterError, match="does not read set:number"):
        list(pulls(booster(sheets=booster()["sheets"] | {"rare": sheet({key: 1})})))


@pytest.mark.parametrize(
    "change",
    [
        {"boosters": []},
        {"boosters": None},
        {"boosters": {"sheets": {}}},
        {"sheets": {}},
        {"sheets": None},
        {"sheets": []},
        {"boosters": ["common"]},
        {"boosters": [{"sheets": {}, "weight": 1}]},
        {"sheets": {"common": None, "rare": None}},
        {"sheets": {"common": {"total_weight": 1}, "rare": {"total_weight": 1}}},
    ],
)
def test_a_file_without_its_parts_is_refused_and_never_read_as_empty(change: dict[str, Any]) -> None:
    with pytest.raises(BoosterError):
        list(pulls(booster(**change)))


@pytest.mark.parametrize("file", [[], None, "booster", 3])
def test_a_file_that_is_no_mapping_is_refused(file: Any) -> None:
    with pytest.raises(BoosterError):
        list(pulls(file))


WEIGHTS = st.lists(st.integers(1, 50), min_size=1, max_size=6)


@st.composite
def boosters(draw: st.DrawFn) -> dict[str, Any]:
    """Sound files of up to 4 sheets and 4 configurations."""
    names = [f"s{i}" for i in range(draw(st.integers(1, 4)))]
    sheets = {n: sheet({f"tst:{n}{i}": w for i, w in enumerate(draw(WEIGHTS))}) for n in names}
    taken = st.dictionaries(st.sampled_from(names), st.integers(1, 12), min_size=1)
    configurations = draw(st.lists(st.tuples(taken, st.integers(1, 999)), min_size=1, max_size=4))
    return booster(sheets=sheets, boosters=[{"sheets": s, "weight": w} for s, w in configurations])


@LIMITED
@given(boosters())
def test_expected_copies_of_a_pack_sum_to_the_expected_cards_taken(file: dict[str, Any]) -> None:
    whole = sum(c["weight"] for c in file["boosters"])
    expected = sum(c["weight"] * sum(c["sheets"].values()) for c in file["boosters"]) / whole
    assert sum(p.expected_copies for p in pulls(file)) == pytest.approx(expected)


@LIMITED
@given(boosters(), st.randoms(use_true_random=False))
def test_the_order_of_configurations_does_not_matter(file: dict[str, Any], random: Any) -> None:
    shuffled = list(file["boosters"])
    random.shuffle(shuffled)
    one, other = (defaultdict(float, copies(f)) for f in (file, file | {"boosters": shuffled}))
    assert {k: pytest.approx(v) for k, v in one.items()} == dict(other)


def made(*boosters: Any) -> Any:
    """Odds of boosters as a game hands them on."""
    return pack_pulls((f"tst-{n}", booster, None) for n, booster in enumerate(boosters))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        # 50 cards of a sheet of two were 25 copies of each.
        (
            {"boosters": [{"sheets": {"rare": 50}, "weight": 1}]},
            "takes 50 cards of sheet 'rare', which has 2",
        ),
        (
            {
                "boosters": [{"sheets": {"rare": 50}, "weight": 1}],
                "sheets": {"rare": sheet({"tst:5": 60, "tst:6": 40})},
            },
            "takes 50 cards of sheet 'rare', which has 2 on 100 places",
        ),
        ({"boosters": [{"sheets": {"rare": 3}, "weight": 1}]}, "takes 3 cards of sheet 'rare', which has 2"),
        ({"boosters": [{"sheets": {"rare": 1_000_000}, "weight": 1}]}, "takes 1e+06 cards of sheet 'rare'"),
        (
            {
                "boosters": [{"sheets": {"rare": 1001}, "weight": 1}],
                "sheets": {"rare": sheet({"tst:5": 1}, allow_duplicates=True)},
            },
            "takes 1,001 cards of sheet 'rare'; a pack holds 1,000 at most",
        ),
        (
            {
                "boosters": [{"sheets": {"rare": 1}, "weight": 1}],
                "sheets": {"rare": sheet({"tst:5": 1001}, fixed=True)},
            },
            "takes 1,001 cards of sheet 'rare'; a pack holds 1,000 at most",
        ),
        ({"about": []}, None),
        ({"about": ["B"]}, "'about' should state how its odds are known"),
        ({"about": {"confidence": "D"}}, "'about' should state how its odds are known"),
    ],
)
def test_a_pack_that_cannot_be_is_refused_and_the_others_are_read(
    changes: dict[str, Any], message: str | None
) -> None:
    result = made(booster(**changes), booster())
    assert result.packs["pack"].to_list() == (["tst-0"] if message is None else []) + ["tst-1"]
    assert all(message and message in why for why in result.refused.values())


def test_a_sheet_that_allows_duplicates_may_give_more_cards_than_it_has() -> None:
    rare = sheet({"tst:5": 1, "tst:6": 1}, allow_duplicates=True)
    result = made({"boosters": [{"sheets": {"rare": 50}, "weight": 1}], "sheets": {"rare": rare}})
    assert result.pulls["expected_copies"].to_list() == [25.0, 25.0]


ODD = [
    None,
    True,
    -1,
    0,
    1.5,
    float("nan"),
    float("inf"),
    10**400,
    1e300,
    "",
    "1",
    "x" * 10_000,
    [],
    {},
    [None],
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
@pytest.mark.parametrize(
    "place",
    [
        *(("boosters",), ("sheets",), ("about",), ("boosters", 0), ("boosters", 0, "weight")),
        *(("boosters", 0, "sheets"), ("boosters", 0, "sheets", "rare"), ("sheets", "rare")),
        *(("sheets", "rare", "cards"), ("sheets", "rare", "total_weight"), ("sheets", "rare", "fixed")),
        *(("sheets", "rare", "cards", "tst:5"), ("sheets", "rare", "allow_duplicates")),
        ("sheets", "rare", "sample_packs"),
    ],
    ids=str,
)
def test_whatever_stands_in_a_booster_costs_only_itself(place: tuple[Any, ...], odd: Any) -> None:
    broken: Any = booster()
    inner = broken
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = odd
    assert "tst-1" in made(broken, booster()).packs["pack"].to_list()
    del inner[place[-1]]
    assert "tst-1" in made(broken, booster()).packs["pack"].to_list()
