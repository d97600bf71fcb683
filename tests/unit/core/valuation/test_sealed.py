"""Sealed products valued: margin, priced share, and every guard shown to fire and not to fire."""

from datetime import date, timedelta
from typing import Any

import pytest
from builders import DAY, completeness_row, frame, line_row, net_row, offer_row, parameters, sealed_row
from hypothesis import given, settings
from hypothesis import strategies as st

from arb_pipeline.contracts.base import empty
from arb_pipeline.contracts.catalog import SealedProducts
from arb_pipeline.contracts.contents import Completeness, Draws, Lines, PackSheets
from arb_pipeline.contracts.valuation import CardNets, Features
from arb_pipeline.core.outcome.frames import Drawn
from arb_pipeline.core.valuation.sealed import singles_value, value_sealed

LIMITED = settings(max_examples=40, deadline=None)
Row = dict[str, Any]


def valuations(
    sealed: list[Row],
    completeness: list[Row],
    lines: list[Row],
    nets: list[Row],
    offers: list[Row],
    **groups: Any,
) -> list[Row]:
    """Everything that is valued, in order of product ids."""
    return value_sealed(
        frame(sealed, SealedProducts),
        frame(completeness, Completeness),
        frame(lines, Lines),
        frame(nets, CardNets),
        frame(offers, Features),
        drawn=Drawn(empty(PackSheets), empty(Draws)),
        params=parameters(**groups),
        as_of=DAY,
    ).to_dicts()


def valued(
    *,
    sealed: Row | None = None,
    completeness: Row | None = None,
    lines: list[Row] | None = None,
    nets: list[Row] | None = None,
    offer: Row | None = None,
    **groups: Any,
) -> Row:
    """One product: ten copies of a card of $10.00 that nets $8.00, for $50.00 where others paid $55.00."""
    rows = valuations(
        [sealed_row(**sealed or {})],
        [completeness_row(**completeness or {})],
        [line_row()] if lines is None else lines,
        [net_row()] if nets is None else nets,
        [offer_row(**offer or {})],
        **groups,
    )
    assert len(rows) == 1
    return rows[0]


def worth(net_cents: int, landed_cents: int) -> Row:
    """A product of so much net value at so much landed (over the shipping limit: $5.50 of it shipping)."""
    low = landed_cents - 550
    return valued(
        lines=[line_row(quantity=1, expected_copies=1.0)],
        nets=[net_row(reference_cents=net_cents, net_cents=float(net_cents))],
        offer={"low_cents": low, "market_cents": low},
    )


def shares(priced: int, of: int) -> Row:
    """A product of `of` copies, `priced` of them of cards with a price: $80.00 net together."""
    return valued(
        lines=[
            line_row(quantity=priced, expected_copies=float(priced)),
            line_row(single_product_id="b", quantity=of - priced or 1, expected_copies=float(of - priced)),
        ],
        nets=[
            net_row(net_cents=8000 / priced),
            net_row(single_product_id="b", reference_cents=None, net_cents=None, channel=None, quality=None),
        ],
        offer={"seller_count": 1, "days_moved": 29},
    )


def test_margin_is_profit_over_the_landed_price() -> None:
    # Gross 10 x 10.00; net 10 x 8.00; landed 50.00 + 5.50; profit 24.50; 24.50 / 55.50 = 44.144 %.
    row = valued()
    assert (row["gross_singles_value_cents"], row["singles_value_cents"]) == (10_000, 8_000)
    assert (row["sealed_list_price_cents"], row["sealed_price_cents"], row["market_price_cents"]) == (
        5000,
        5550,
        5500,
    )
    assert (row["profit_cents"], row["margin_bps"]) == (2450, 4414)
    assert (row["published"], row["flags"], row["priced_share"]) == (True, [], 1.0)


def test_a_loss_is_a_negative_margin_and_not_published() -> None:
    # 80.00 - (194.50 + 5.50) = -120.00, -60 %.
    row = valued(offer={"low_cents": 19_450, "market_cents": 19_450})
    assert (row["profit_cents"], row["margin_bps"], row["published"]) == (-12_000, -6000, False)


def test_a_margin_over_a_thousand_percent_does_not_overflow() -> None:
    # 8,000.00 against 50.00 + 5.50: 7,944.50 / 55.50 = 14,314.41 %.
    row = valued(nets=[net_row(reference_cents=100_000, net_cents=80_000.0)])
    assert row["margin_bps"] == 1_431_441


def test_nets_are_summed_and_rounded_once() -> None:
    # Three cards of 0.335 cents net each: 1.005 cents together is 1 cent; rounded each it would be 0.
    lines = [line_row(single_product_id=i, quantity=1, expected_copies=1.0) for i in "abc"]
    nets = [net_row(single_product_id=i, reference_cents=1, net_cents=0.335) for i in "abc"]
    assert valued(lines=lines, nets=nets)["singles_value_cents"] == 1


def test_a_bulk_card_stays_in_the_denominator() -> None:
    # One rare of $10 and 99 commons of 5 cents that net nothing: all are priced, and the value is the rare's.
    row = valued(
        lines=[
            line_row(quantity=1, expected_copies=1.0),
            line_row(single_product_id="b", quantity=99, expected_copies=99.0),
        ],
        nets=[net_row(), net_row(single_product_id="b", reference_cents=5, net_cents=0.0, channel="bulk")],
    )
    assert (row["singles_value_cents"], row["gross_singles_value_cents"], row["priced_share"]) == (
        800,
        1000 + 495,
        1.0,
    )


def test_an_unpriced_card_is_worth_nothing_and_lowers_the_priced_share() -> None:
    row = shares(priced=9, of=10)
    assert (row["singles_value_cents"], row["priced_share"]) == (8000, pytest.approx(0.9))


def test_a_card_that_the_nets_do_not_know_stays_in_the_denominator() -> None:
    lines = [
        line_row(quantity=5, expected_copies=5.0),
        line_row(single_product_id="b", quantity=5, expected_copies=5.0),
    ]
    assert valued(lines=lines)["priced_share"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("priced", "published", "flagged"),
    [(100, True, False), (95, True, False), (94, True, True), (80, True, True), (79, False, True)],
)
def test_priced_share_publishes_from_80_and_is_whole_from_95_percent(
    priced: int, published: bool, flagged: bool
) -> None:
    row = shares(priced=priced, of=100)
    assert row["published"] is published
    assert ("incomplete_contents" in row["flags"]) is flagged
    assert (row["confidence_score"] <= 0.59) is flagged


def test_too_few_priced_cards_are_stated() -> None:
    assert "only 79% of its cards have a price" in shares(priced=79, of=100)["why"]


def test_cards_stated_and_not_listed_lower_the_priced_share_and_are_flagged() -> None:
    # 10 listed of 12.5: 0.80.
    row = valued(completeness={"unlisted_copies": 2.5})
    assert row["priced_share"] == pytest.approx(0.8)
    assert row["flags"] == ["incomplete_contents", "cards_not_listed"]
    assert valued(completeness={"unlisted_copies": 0.0})["flags"] == []


def test_incomplete_contents_have_no_value_and_name_what_is_unknown() -> None:
    row = valued(
        completeness={
            "contents_complete": False,
            "unknown_parts": ["pack tst/play: there is no booster file tst-play"],
        }
    )
    assert (
        row["gross_singles_value_cents"],
        row["singles_value_cents"],
        row["profit_cents"],
        row["margin_bps"],
    ) == (None,) * 4
    assert row["published"] is False
    assert "incomplete_contents" in row["flags"]
    assert row["why"] == "not enough data: pack tst/play: there is no booster file tst-play"
    assert row["confidence_score"] <= 0.59


def test_a_product_without_contents_is_kept_with_its_price() -> None:
    rows = valuations([sealed_row()], [], [], [], [offer_row()])
    assert rows[0]["unknown_parts"] == ["its contents are not known"]
    assert (rows[0]["sealed_price_cents"], rows[0]["singles_value_cents"], rows[0]["published"]) == (
        5550,
        None,
        False,
    )


def test_a_product_with_neither_price_nor_contents_is_left_out() -> None:
    assert valuations([sealed_row(tcg_product_id=None)], [], [], [], []) == []


def test_a_play_booster_at_one_dollar_is_a_suspect_offer_and_not_published() -> None:
    # 2025-10-18: listed at $1.00, market price $8.28; 60 % of it is $4.97. It would be a margin of 340 % over $1.82.
    row = valued(
        offer={"low_cents": 100, "market_cents": 828},
        lines=[line_row(quantity=1, expected_copies=1.0)],
    )
    assert row["flags"] == ["suspect_offer"]
    assert row["published"] is False
    assert (row["sealed_list_price_cents"], row["market_price_cents"]) == (100, 828)
    assert (row["sealed_price_cents"], row["profit_cents"], row["margin_bps"], row["rank_score"]) == (
        None,
    ) * 4
    assert row["why"] == "the offer of $1.00 is far under the market price of $8.28"


@pytest.mark.parametrize(("low", "is_suspect"), [(600, False), (599, True), (1000, False), (5000, False)])
def test_an_offer_under_60_percent_of_the_market_price_is_suspect(low: int, is_suspect: bool) -> None:
    row = valued(offer={"low_cents": low, "market_cents": 1000})
    assert ("suspect_offer" in row["flags"]) is is_suspect
    assert row["published"] is not is_suspect


@pytest.mark.parametrize(
    ("released", "is_presale"),
    [
        (DAY + timedelta(days=30), True),
        (DAY, True),
        (DAY - timedelta(days=7), True),
        (DAY - timedelta(days=8), False),
        (None, False),
    ],
)
def test_a_product_is_in_presale_until_a_week_after_its_release(
    released: date | None, is_presale: bool
) -> None:
    row = valued(sealed={"release_date": released}, offer={"seller_count": 1, "days_moved": 29})
    assert ("presale" in row["flags"]) is is_presale
    assert (row["confidence_score"] <= 0.59) is is_presale
    assert row["published"] is True


def test_an_offer_that_nobody_makes_is_no_opportunity() -> None:
    row = valued(offer={"low_cents": None})
    assert (row["flags"], row["published"], row["sealed_price_cents"]) == (["no_offer"], False, None)
    assert row["why"] == "nobody offers it today"


def test_an_offer_without_a_sale_behind_it_is_not_published() -> None:
    row = valued(offer={"market_cents": None})
    assert (row["flags"], row["published"]) == (["no_market_price"], False)
    assert row["margin_bps"] == 4414


def test_foreign_cards_are_not_valued_at_english_prices() -> None:
    row = valued(sealed={"language": "Japanese"})
    assert (row["flags"], row["published"]) == (["foreign_language"], False)


def unproven(copies: int, **card: Any) -> Row:
    """Ten copies of $8.00 net each, `copies` of them of another card."""
    return valued(
        lines=[
            line_row(quantity=10 - copies, expected_copies=10.0 - copies),
            line_row(single_product_id="b", quantity=copies, expected_copies=float(copies)),
        ],
        nets=[net_row(), net_row(single_product_id="b", **card)],
    )


@pytest.mark.parametrize(
    "card", [{"days_moved": 0, "days_compared": 7}, {"days_moved": 0, "days_compared": 29}, {"quality": 0.6}]
)
def test_a_value_that_rests_on_untraded_cards_is_not_published(card: Row) -> None:
    assert unproven(6, **card)["flags"] == ["untraded_singles"]
    assert unproven(6, **card)["published"] is False
    # Half is not most.
    assert unproven(5, **card)["flags"] == []
    assert unproven(5, **card)["published"] is True


@pytest.mark.parametrize(
    "card", [{"days_moved": 0, "days_compared": 6}, {"days_moved": 1, "days_compared": 29}]
)
def test_a_short_history_or_one_sale_is_no_sign_of_an_untraded_card(card: Row) -> None:
    assert unproven(9, **card)["flags"] == []


@pytest.mark.parametrize(("refused", "is_flagged"), [(1021, True), (1020, False), (None, False), (500, True)])
def test_a_price_excluded_is_flagged_where_it_would_matter(refused: int | None, is_flagged: bool) -> None:
    # The share of the gross value that waits: |10.20 - 10.00| / 10.00 = 2 %.
    row = valued(nets=[net_row(refused_cents=refused, accepted_cents=1000)])
    assert ("price_held_back" in row["flags"]) is is_flagged


def test_a_sealed_price_excluded_is_flagged() -> None:
    assert valued(offer={"refused_cents": 12_000})["flags"] == ["price_held_back"]


@pytest.mark.parametrize(
    ("net", "landed", "published"), [(11_000, 10_000, True), (10_999, 10_000, False), (6000, 5000, True)]
)
def test_ten_percent_is_enough_and_less_is_not(net: int, landed: int, published: bool) -> None:
    row = worth(net, landed)
    assert row["margin_bps"] == 10_000 * (net - landed) // landed
    assert row["published"] is published


@pytest.mark.parametrize(("net", "published"), [(4500, True), (4499, False)])
def test_five_dollars_are_enough_and_less_is_not(net: int, published: bool) -> None:
    # Against 40.00 landed: 5.00 is 12.5 %, 4.99 is 12.475 %.
    row = worth(net, 4000)
    assert (row["profit_cents"], row["published"]) == (net - 4000, published)


def test_both_limits_met_exactly_are_enough() -> None:
    row = worth(5500, 5000)
    assert (row["profit_cents"], row["margin_bps"], row["published"]) == (500, 1000, True)


def test_only_the_normal_printing_prices_a_sealed_product() -> None:
    assert valued(offer={"printing": "foil"})["sealed_price_cents"] is None


def test_cv_of_the_singles_is_weighted_by_their_share_of_the_net_value() -> None:
    # A: 5 x 8.00 with cv 0.02; B: 5 x 24.00 with cv 0.06. (40 x 0.02 + 120 x 0.06) / 160 = 0.05.
    # With the sealed product's 0.03: (0.03 + 0.05) / 2 = 0.04, so stability 1 - 0.4 = 0.6.
    row = valued(
        lines=[
            line_row(quantity=5, expected_copies=5.0),
            line_row(single_product_id="b", quantity=5, expected_copies=5.0),
        ],
        nets=[net_row(cv=0.02), net_row(single_product_id="b", net_cents=2400.0, cv=0.06)],
        offer={"cv": 0.03},
    )
    assert row["price_stability"] == pytest.approx(0.6)


CARDS = [
    net_row(single_product_id=i, reference_cents=p, net_cents=p * 0.8)
    for i, p in (("a", 1000), ("b", 37), ("c", 25_099))
]
COPIES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 40)), min_size=1, max_size=6)


def summed(copies: list[tuple[str, int]], nets: list[Row] | None = None) -> Row:
    """Sums of a product of these copies."""
    lines = [
        line_row(single_product_id=i, quantity=n, expected_copies=float(n), sheet=str(k))
        for k, (i, n) in enumerate(copies)
    ]
    result = singles_value(frame(lines, Lines), frame(nets or CARDS, CardNets), untraded_days=13)
    return result.row(0, named=True)


@LIMITED
@given(COPIES, st.tuples(st.sampled_from("abc"), st.integers(1, 40)))
def test_more_copies_never_lower_a_value(copies: list[tuple[str, int]], more: tuple[str, int]) -> None:
    before, after = summed(copies), summed([*copies, more])
    assert all(after[name] >= before[name] for name in ("gross", "net", "copies", "priced_copies"))


@LIMITED
@given(COPIES, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(copies: list[tuple[str, int]], random: Any) -> None:
    shuffled = list(copies)
    random.shuffle(shuffled)
    assert summed(copies) == {
        k: v if isinstance(v, str) else pytest.approx(v) for k, v in summed(shuffled).items()
    }


@LIMITED
@given(COPIES, st.integers(1, 50))
def test_prices_times_a_whole_number_are_a_gross_value_times_it(
    copies: list[tuple[str, int]], factor: int
) -> None:
    scaled = [row | {"reference_cents": row["reference_cents"] * factor} for row in CARDS]
    assert summed(copies, scaled)["gross"] == summed(copies)["gross"] * factor


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=5))
def test_each_product_is_valued_alone(copies: list[int]) -> None:
    names = [f"p{i}" for i in range(len(copies))]
    rows = valuations(
        [sealed_row(product_id=n, name=n, tcg_product_id=n) for n in names],
        [completeness_row(sealed_product_id=n) for n in names],
        [
            line_row(sealed_product_id=n, quantity=c, expected_copies=float(c))
            for n, c in zip(names, copies, strict=True)
        ],
        [net_row()],
        [offer_row(source_product_id=n) for n in names],
    )
    assert [(r["product_id"], r["gross_singles_value_cents"]) for r in rows] == [
        (n, 1000 * c) for n, c in zip(names, copies, strict=True)
    ]


def test_under_half_of_the_cards_priced_is_no_value_and_half_is_one() -> None:
    few, half = shares(priced=49, of=100), shares(priced=50, of=100)
    assert (few["gross_singles_value_cents"], few["singles_value_cents"], few["margin_bps"]) == (
        None,
        None,
        None,
    )
    assert few["priced_share"] == pytest.approx(0.49)
    assert half["gross_singles_value_cents"] is not None


def test_not_one_card_with_a_price_is_no_value() -> None:
    row = valued(nets=[net_row(reference_cents=None, net_cents=None, channel=None)])
    assert (row["gross_singles_value_cents"], row["margin_bps"], row["priced_share"]) == (None, None, 0.0)


def test_every_exit_is_beside_the_patient_one() -> None:
    # Ten copies: 8.00 each in time, 6.00 at once; a buylist takes four at 5.00. Closed at 55.00: less 10.75 % and
    # 2.5 %, 0.30 and a parcel of 7.33. Landed 55.50: 60.00 at once is a margin of 8.11 %.
    row = valued(nets=[net_row(quick_net_cents=600.0, cash_net_cents=500.0, cash_wanted=4)])
    assert (row["singles_value_cents"], row["quick_sale_value_cents"], row["cash_value_cents"]) == (
        8000,
        6000,
        2000,
    )
    assert row["quick_sale_margin_bps"] == 811
    assert row["resale_value_cents"] == 4008


def test_without_a_buylist_there_is_no_cash_value() -> None:
    assert valued()["cash_value_cents"] is None
