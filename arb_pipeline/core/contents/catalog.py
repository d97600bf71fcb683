"""The catalogue: product ids, and how contents' names of cards lead to products (data/README.md, joins)."""

import polars as pl

from arb_pipeline.contracts.catalog import PRODUCT_SCHEMA
from arb_pipeline.core.identity import stable_id

BY_FINISH = {
    "set_code": pl.String,
    "number": pl.String,
    "name": pl.String,
    "rarity": pl.String,
    "finish": pl.String,
    "printing": pl.String,
    "variant": pl.String,
    "tcg_product_id": pl.String,
    "is_offered": pl.Boolean,
}
"""A card in one finish, as a game's sources list it: `finish` is how contents name it, `printing` how its
price does. `variant`: '' where finishes of a card are one product, else what tells this product apart."""
MULTI_FACE = r"^(.*\d[a-z]?)[a-z]$"
"""A face of a card: booster sheets say `123a` where the catalogue says `123`, or `260sa` for `260s`."""
STAR = "★"


def sealed_products(listed: pl.DataFrame) -> pl.DataFrame:
    """Listed sealed products with their ids.

    `listed`: category, set_code, name, kind, subtype, language, release_date, tcg_product_id (null:
    unpriced). A product listed twice counts once; a marketplace id claimed by two products stays with
    the first by (set, name), since one of them is wrong and neither may take the other's price twice.
    """
    ids = pl.struct("category", "set_code", "name").map_elements(
        lambda p: stable_id("sealed", p["category"], p["set_code"], p["name"]), return_dtype=pl.String
    )
    return (
        listed.sort("category", "set_code", "name", maintain_order=True)
        .unique(["category", "set_code", "name"], keep="first", maintain_order=True)
        .with_columns(
            product_id=ids,
            language=pl.col("language").fill_null("English"),
            tcg_product_id=pl.when(pl.col("tcg_product_id").is_first_distinct()).then("tcg_product_id"),
        )
    )


def printings(listed: pl.DataFrame, *, category: str) -> pl.DataFrame:
    """One row per (card, finish) with its product.

    `listed`: columns of `BY_FINISH`. Rows that share a marketplace id (10E 101 and 101★; a card plain and
    in reverse holofoil) are one product, named after the first by (set, number).
    """
    own_id = pl.struct("set_code", "number", "variant").map_elements(
        lambda p: _single_id(category, p["set_code"], p["number"], p["variant"]), return_dtype=pl.String
    )
    return listed.with_columns(
        category=pl.lit(category), is_foil=is_foil(pl.col("printing")), product_id=own_id
    ).with_columns(
        product_id=pl.when(pl.col("tcg_product_id").is_null())
        .then("product_id")
        .otherwise(pl.col("product_id").first().over("tcg_product_id", order_by=["set_code", "number"]))
    )


def _single_id(category: str, set_code: str, number: str, variant: str = "") -> str:
    return stable_id("single", category, set_code, number, *([variant] if variant else []))


def is_foil(printing: pl.Expr) -> pl.Expr:
    """Is it a foil of any kind: foil, holofoil, 1st_edition_holofoil ...?"""
    return printing.str.contains("foil")


def _printing_of(finish: pl.Expr) -> pl.Expr:
    """What a finish is called in prices where the catalogue does not know the card."""
    return finish.replace({"nonfoil": "normal", "etched": "foil"})


def match_printings(cards: pl.DataFrame, printings: pl.DataFrame, *, category: str) -> pl.DataFrame:
    """Cards of contents joined to products.

    Adds single_product_id, printing, is_foil, rarity, name, tcg_product_id.
    `cards`: set_code, number, finish, sheet, card_name. The number matches exactly, else without the
    trailing letter of a face; a foil's without its star, where a set has stars in its boosters and none
    in the catalogue (Seventh to Ninth Edition). A card that the catalogue does not know keeps a product
    of its own, without a marketplace id: it is unpriced, never dropped.
    """
    wanted = cards.select("set_code", "number", "finish", "sheet", "card_name").unique()
    numbers = printings.select("set_code", "number", known="number").unique()
    number = pl.col("number")
    starred = numbers.filter(number.str.ends_with(STAR))["set_code"].unique()
    is_finish = (pl.col("finish") == "foil") & number.str.ends_with(STAR)
    is_finish &= ~pl.col("set_code").is_in(starred.implode())
    wanted = (
        wanted.with_columns(
            plain_number=pl.when(is_finish)
            .then(number.str.strip_suffix(STAR))
            .otherwise(number.str.extract(MULTI_FACE, 1))
        )
        .join(numbers, on=["set_code", "number"], how="left")
        .join(
            numbers.rename({"known": "known_plain"}),
            left_on=["set_code", "plain_number"],
            right_on=["set_code", "number"],
            how="left",
        )
        .with_columns(known=pl.coalesce("known", "known_plain"))
    )
    offered = (
        printings.filter("is_offered")
        .group_by("set_code", known="number")
        .agg(offers=pl.col("finish").unique())
    )
    wanted = wanted.join(offered, on=["set_code", "known"], how="left").with_columns(real_finish=_finish())
    found = wanted.join(
        printings.select(
            "set_code",
            "product_id",
            "printing",
            "rarity",
            "name",
            "tcg_product_id",
            known="number",
            real_finish="finish",
        ),
        on=["set_code", "known", "real_finish"],
        how="left",
    )
    unlisted = found.filter(pl.col("product_id").is_null()).select("set_code", "number").unique()
    unlisted = unlisted.with_columns(
        own_id=pl.struct("set_code", "number").map_elements(
            lambda p: _single_id(category, p["set_code"], p["number"]), return_dtype=pl.String
        )
    )
    named = pl.when(pl.col("card_name") != "").then("card_name")
    found = (
        found.join(unlisted, on=["set_code", "number"], how="left")
        .with_columns(
            printing=pl.coalesce("printing", _printing_of(pl.col("finish"))),
            name=pl.coalesce(
                "name", named, pl.format("{} #{}", pl.col("set_code").str.to_uppercase(), "number")
            ),
            single_product_id=pl.coalesce("product_id", "own_id"),
        )
        .with_columns(is_foil=is_foil(pl.col("printing")))
        .select(
            "set_code",
            "number",
            "finish",
            "sheet",
            "card_name",
            "single_product_id",
            "printing",
            "is_foil",
            "rarity",
            "name",
            "tcg_product_id",
        )
    )
    return cards.join(
        found, on=["set_code", "number", "finish", "sheet", "card_name"], how="left", nulls_equal=True
    )


def _finish() -> pl.Expr:
    """The finish that a reference means, given what the printing is offered in.

    Booster files write `:foil` for etched foils too, on sheets named for them (mh2-collector's
    `etched_rare_mythic`); a printing without a plain foil can only mean the etched one. A printing
    that exists in one finish only, named without it, is that one.
    """
    offers = pl.col("offers").fill_null([])
    has_etched = offers.list.contains("etched")
    return (
        pl.when((pl.col("finish") == "foil") & has_etched & pl.col("sheet").str.contains("etched"))
        .then(pl.lit("etched"))
        .when((pl.col("finish") == "foil") & has_etched & ~offers.list.contains("foil"))
        .then(pl.lit("etched"))
        .when((pl.col("finish") == "nonfoil") & (offers.list.len() == 1))
        .then(offers.list.first())
        .otherwise("finish")
    )


def product_rows(sealed: pl.DataFrame, printings: pl.DataFrame, referenced: pl.DataFrame) -> pl.DataFrame:
    """Rows for the `products` table: sealed products, printings, and cards known only from contents.

    `referenced`: single_product_id, category, set_code, name, tcg_product_id.
    """
    columns = list(PRODUCT_SCHEMA)
    kinds = {"product_type": pl.lit("single"), "kind": pl.lit("card"), "language": pl.lit("English")}
    no_date = pl.lit(None, pl.Date).alias("release_date")
    rows = pl.concat(
        [
            sealed.with_columns(id="product_id", product_type=pl.lit("sealed"), set_name="set_code").select(
                columns
            ),
            printings.with_columns(no_date, id="product_id", set_name="set_code", **kinds).select(columns),
            referenced.with_columns(no_date, id="single_product_id", set_name="set_code", **kinds).select(
                columns
            ),
        ]
    )
    return rows.unique("id", keep="first", maintain_order=True).with_columns(
        name=pl.col("name").str.slice(0, 500),
        set_code=pl.col("set_code").str.slice(0, 20),
        tcg_product_id=pl.when(pl.col("tcg_product_id").is_first_distinct()).then("tcg_product_id"),
    )
