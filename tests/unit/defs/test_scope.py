"""Products of a run."""

from types import SimpleNamespace

import dagster as dg
import polars as pl
import pytest

from arb_pipeline.defs.shared.product_selection import OF_NAMED_PRODUCTS, named_products

SEALED = pl.DataFrame(
    {
        "product_id": ["0a", "0b", "0c"],
        "name": ["Red Box", "Red Box", "Blue Box"],
        "set_code": ["one", "two", "one"],
        "tcg_product_id": ["11", None, "33"],
    }
)


def named(*products: str, tags: dict[str, str] | None = None) -> list[str] | None:
    context = SimpleNamespace(run=SimpleNamespace(tags=tags or {}))
    result = named_products(context, SimpleNamespace(products=list(products)), SEALED)
    return None if result is None else sorted(result["product_id"].to_list())


@pytest.mark.parametrize("name", ["0c", "0C", "33", "Blue Box", "blue box"])
def test_a_product_by_our_id_tcgplayers_or_its_name(name):
    assert named(name) == ["0c"]


def test_several_and_one_named_twice():
    assert named("11", "33", "0a") == ["0a", "0c"]


def test_a_run_of_all_names_none():
    assert named() is None


def test_a_run_that_should_name_some_and_does_not_fails():
    with pytest.raises(dg.Failure, match="names no product"):
        named(tags={OF_NAMED_PRODUCTS: "yes"})


def test_a_name_of_two_products_fails_with_both():
    with pytest.raises(dg.Failure, match=r"'Red Box' stands for 2 .*Red Box \(one\) 0a; Red Box \(two\) 0b"):
        named("Red Box")


def test_part_of_a_name_fails_with_what_it_could_be():
    with pytest.raises(dg.Failure, match=r"'blue' stands for no .*Blue Box \(one\) 0c"):
        named("blue")
