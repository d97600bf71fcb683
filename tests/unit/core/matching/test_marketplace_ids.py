"""Marketplace ids: which product each stands for, and that an id of two products is of none."""

from typing import Any

import polars as pl

from arb_pipeline.core.matching.marketplace_ids import CLAIMED, marketplace_ids, matched


def claim(**facts: Any) -> dict[str, Any]:
    return {"category": "mtg", "set_code": "blb", "id_kind": "mcm", "marketplace_id": "1", **facts}


def ids(*claims: dict[str, Any]) -> pl.DataFrame:
    sealed = pl.DataFrame(
        [
            {
                "category": "mtg",
                "set_code": "blb",
                "name": "Play Box",
                "product_id": "BOX",
                "tcg_product_id": "9",
            },
            {
                "category": "mtg",
                "set_code": "blb",
                "name": "Pack",
                "product_id": "PACK",
                "tcg_product_id": None,
            },
        ]
    )
    printings = pl.DataFrame(
        [
            {
                "category": "mtg",
                "set_code": "blb",
                "number": number,
                "finish": finish,
                "product_id": f"{number}{'-etched' if finish == 'etched' else ''}",
                "tcg_product_id": f"77{number}{'5' if finish == 'etched' else ''}",
            }
            for number in ("1", "2")
            for finish in ("nonfoil", "foil", "etched")
        ]
    )
    return marketplace_ids(pl.DataFrame(list(claims), schema=CLAIMED), sealed, printings)


def product_of(ids: pl.DataFrame, kind: str, marketplace_id: str) -> list[str]:
    return ids.filter(id_kind=kind, marketplace_id=marketplace_id)["product_id"].to_list()


def quote(**facts: Any) -> pl.DataFrame:
    fields = {"category": None, "id_kind": "mcm", "match_id": "1", "printing": "normal", **facts}
    return pl.DataFrame([fields], schema=dict.fromkeys(fields, pl.String))


def test_a_sealed_product_is_found_by_its_id():
    assert product_of(ids(claim(name="Play Box")), "mcm", "1") == ["BOX"]


def test_a_printing_is_found_by_its_number_in_plain_and_foil_but_not_etched():
    assert product_of(ids(claim(number="1")), "mcm", "1") == ["1"]


def test_an_id_of_one_finish_stands_for_that_finish():
    result = ids(claim(number="1", id_kind="cardkingdom", printing="etched"))
    assert product_of(result, "cardkingdom", "1") == ["1-etched"]


def test_an_id_that_two_products_claim_stands_for_none():
    assert product_of(ids(claim(name="Play Box"), claim(name="Pack")), "mcm", "1") == []
    assert product_of(ids(claim(number="1"), claim(number="2")), "mcm", "1") == []


def test_a_claim_of_what_the_catalogue_lacks_is_left_out():
    assert (
        product_of(ids(claim(name="Nobody's Box"), claim(number="99", marketplace_id="2")), "mcm", "1") == []
    )


def test_tcgplayers_own_ids_come_with_the_products():
    result = ids()
    assert product_of(result, "tcgplayer", "9") == ["BOX"]
    assert product_of(result, "tcgplayer", "771") == ["1"]
    assert product_of(result, "tcgplayer", "7715") == ["1-etched"]


def test_a_quote_finds_its_product_and_its_game():
    result = matched(quote(), ids(claim(number="1")))
    assert result.select("product_id", "category").row(0) == ("1", "mtg")


def test_a_quote_of_a_finish_takes_the_id_of_that_finish():
    claims = [
        claim(number="1", id_kind="cardkingdom", printing=p, marketplace_id=m)
        for p, m in (("normal", "1"), ("foil", "2"))
    ]
    known = ids(*claims)
    assert matched(quote(id_kind="cardkingdom"), known)["product_id"].to_list() == ["1"]
    assert matched(quote(id_kind="cardkingdom", printing="foil"), known)["product_id"].to_list() == [None]


def test_a_quote_of_an_unknown_id_stays_without_a_product():
    assert matched(quote(match_id="5"), ids(claim(number="1")))["product_id"].to_list() == [None]
    assert matched(quote(match_id=None), ids(claim(number="1")))["product_id"].to_list() == [None]
