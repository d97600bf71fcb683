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
MULTI_FACE = r"^(.*\d[a-y]?)[aby]$"
"""A face of a card: booster sheets have `123a` where the catalogue has `123`, or `260sa` for `260s`; Khans of
Tarkir's Arena boosters mark 24 cards `y`. Other letters name other objects: `z` a serialised card, `s` and
`p` stamped promos, `c` to `f` further artworks."""
STAR = "★"
SIGNS = r"[^0-9]+$"
"""Suffix of a collector number: `101★`, `130s`, `250†`, `373A` print one card again."""
CARD = ("set_code", "number", "finish", "sheet", "card_name")
"""A card, as contents name it."""
CLAIMANTS = 4
"""Number of claimants of an id that a message lists."""


def sealed_products(listed: pl.DataFrame) -> pl.DataFrame:
    """Listed sealed products with their ids.

    `listed`: category, set_code, name, kind, subtype, language, release_date, tcg_product_id (null:
    unpriced). A product listed twice counts once. A TCGplayer id that two products claim belongs to neither:
    at least one claim is wrong, and nothing says which. `id_claims` then names all claimants.
    """
    ids = pl.struct("category", "set_code", "name").map_elements(
        lambda p: stable_id("sealed", p["category"], p["set_code"], p["name"]), return_dtype=pl.String
    )
    products = (
        listed.sort("category", "set_code", "name", maintain_order=True)
        .unique(["category", "set_code", "name"], keep="first", maintain_order=True)
        .with_columns(product_id=ids, language=pl.col("language").fill_null("English"))
    )
    claimant = pl.format("{} ({})", "name", "set_code")
    return without_claimed_ids(products, claimant=claimant, is_one=pl.len() == 1)


def without_claimed_ids(products: pl.DataFrame, *, claimant: pl.Expr, is_one: pl.Expr) -> pl.DataFrame:
    """Products without the TCGplayer ids that several objects claim; `id_claims` names the claimants.

    `is_one`: whether the rows of an id, as a group, are one object. `claimant` names a row's object.
    """
    rivals = (
        products.filter(pl.col("tcg_product_id").is_not_null())
        .group_by("tcg_product_id")
        .agg(one=is_one, claimants=claimant.unique(maintain_order=True).sort().head(CLAIMANTS).str.join(", "))
        .filter(~pl.col("one"))
        .select(
            "tcg_product_id",
            id_claims=pl.format("TCGplayer id {} is claimed by {}", "tcg_product_id", "claimants"),
        )
    )
    cleared = products.drop("id_claims", strict=False).join(
        rivals, on="tcg_product_id", how="left", maintain_order="left"
    )
    is_free = pl.col("id_claims").is_null()
    return cleared.with_columns(
        tcg_product_id=pl.when(is_free).then("tcg_product_id"),
        claimed_tcg_product_id=pl.when(~is_free).then("tcg_product_id"),
    )


def without_ids_of_cards(sealed: pl.DataFrame, printings: pl.DataFrame) -> pl.DataFrame:
    """Sealed products (contract `SealedProducts`) without the TCGplayer ids that cards claim too."""
    cards = printings.select("tcg_product_id", "name", "set_code", "number").drop_nulls("tcg_product_id")
    cards = cards.unique("tcg_product_id", keep="first", maintain_order=True).select(
        "tcg_product_id", card=pl.format("the card {} ({} {})", "name", "set_code", "number")
    )
    claim = pl.format(
        "TCGplayer id {} is claimed by {}, {} ({})", "tcg_product_id", "card", "name", "set_code"
    )
    return (
        sealed.join(cards, on="tcg_product_id", how="left", maintain_order="left")
        .with_columns(
            id_claims=pl.coalesce("id_claims", claim),
            claimed_tcg_product_id=pl.when(pl.col("card").is_not_null())
            .then("tcg_product_id")
            .otherwise("claimed_tcg_product_id"),
            tcg_product_id=pl.when(pl.col("card").is_null()).then("tcg_product_id"),
        )
        .drop("card")
    )


def without_ids_of_sealed(printings: pl.DataFrame, sealed: pl.DataFrame) -> pl.DataFrame:
    """Printings without the TCGplayer ids that sealed products claim too."""
    claimed = sealed.select(tcg_product_id="claimed_tcg_product_id", claim="id_claims").drop_nulls()
    claimed = claimed.unique("tcg_product_id", keep="first", maintain_order=True)
    return (
        printings.join(claimed, on="tcg_product_id", how="left", maintain_order="left")
        .with_columns(
            id_claims=pl.coalesce("id_claims", "claim"),
            tcg_product_id=pl.when(pl.col("claim").is_null()).then("tcg_product_id"),
        )
        .drop("claim")
    )


MAX_SET_CODE, MAX_NUMBER, MAX_NAME = 20, 100, 500
"""Letters that tables hold; a longer number is none that a card has."""
TCG_ID = r"^[0-9]{1,18}$"


def printings(listed: pl.DataFrame, *, category: str) -> pl.DataFrame:
    """One row per (card, finish) with its product.

    `listed`: columns of `BY_FINISH`. Rows that share a TCGplayer id are one product, named after the first by
    (set, number): 10E 101 and 101★, a card plain and in reverse holofoil, a reprint in The List. Rows of one
    name in one set whose numbers differ by more than a sign, or of different names, are different cards: an
    id that they claim belongs to none of them, and `id_claims` names them.
    """
    listed = _storable(listed)
    own_id = pl.struct("set_code", "number", "variant").map_elements(
        lambda p: _single_id(category, p["set_code"], p["number"], p["variant"]), return_dtype=pl.String
    )
    rows = listed.with_columns(
        category=pl.lit(category), is_foil=is_foil(pl.col("printing")), product_id=own_id
    )
    one_name = plain_name(pl.col("name")).n_unique() == 1
    digits = pl.struct("set_code", pl.col("number").str.replace(SIGNS, ""))
    one_number = digits.n_unique() == pl.col("set_code").n_unique()
    is_etched = (pl.col("finish") == "etched") & (pl.col("variant") == "etched")
    one_finish = ~(is_etched.any() & (pl.col("is_offered") & ~is_etched).any())
    claimant = pl.format(
        "{} ({} {}{})",
        "name",
        "set_code",
        "number",
        pl.when(is_etched).then(pl.lit(" etched")).otherwise(pl.lit("")),
    )
    rows = without_claimed_ids(rows, claimant=claimant, is_one=one_name & one_number & one_finish)
    return rows.with_columns(
        product_id=pl.when(pl.col("tcg_product_id").is_null())
        .then("product_id")
        .otherwise(pl.col("product_id").first().over("tcg_product_id", order_by=["set_code", "number"]))
    )


def _storable(listed: pl.DataFrame) -> pl.DataFrame:
    """Rows whose set and number a table can hold, with names cut to its width; ids that are no number go."""
    fits = (pl.col("set_code").str.len_chars() <= MAX_SET_CODE) & (
        pl.col("number").str.len_chars() <= MAX_NUMBER
    )
    texts = pl.col("set_code", "number", "name", "rarity").str.replace_all("\0", "", literal=True)
    return (
        listed.filter(fits.fill_null(value=False))
        .with_columns(texts)
        .with_columns(
            pl.col("name").str.slice(0, MAX_NAME),
            tcg_product_id=pl.when(pl.col("tcg_product_id").str.contains(TCG_ID)).then("tcg_product_id"),
        )
    )


def plain_name(name: pl.Expr) -> pl.Expr:
    """A card's name without accents, case and signs, for comparison between sources."""
    return (
        name.str.normalize("NFKD")
        .str.to_lowercase()
        .str.replace_all(r"\p{M}", "")
        .str.replace_all(r"[^\p{L}\p{N}/]", "")
    )


def is_another_name(name: pl.Expr, known: pl.Expr) -> pl.Expr:
    """True if two names are of different cards. Either face of a card with two stands for it; '' for any."""
    ours, theirs = plain_name(name), plain_name(known)
    faces, other_faces = ours.str.split("//"), theirs.str.split("//")
    is_same = (
        (ours == theirs)
        | other_faces.list.contains(faces.list.first())
        | faces.list.contains(other_faces.list.first())
    )
    return ((name != "") & known.is_not_null() & (ours != "") & (theirs != "") & ~is_same).fill_null(
        value=False
    )


def _single_id(category: str, set_code: str, number: str, variant: str = "") -> str:
    return stable_id("single", category, set_code, number, *([variant] if variant else []))


def is_foil(printing: pl.Expr) -> pl.Expr:
    """True if a printing is a foil of any kind: foil, holofoil, 1st_edition_holofoil ..."""
    return printing.str.contains("foil")


def _printing_of(finish: pl.Expr) -> pl.Expr:
    """Printing of a finish in prices, for cards that the catalogue lacks."""
    return finish.replace({"nonfoil": "normal", "etched": "foil"})


def match_printings(cards: pl.DataFrame, printings: pl.DataFrame, *, category: str) -> pl.DataFrame:
    """Cards of contents joined to products.

    Adds single_product_id, printing, is_foil, rarity, name, tcg_product_id, id_claims, and `is_other`:
    whether the catalogue gives the number another name than the contents do.
    `cards`: set_code, number, finish, sheet, card_name. The number matches exactly, else without the
    trailing letter of a face; a foil's without its star, where a set has stars in its boosters and none
    in the catalogue (Seventh to Ninth Edition). A card that the catalogue does not know keeps a product
    of its own, without a marketplace id: it is unpriced, never dropped.
    """
    wanted = _with_known_number(cards.select(*CARD).unique(), printings)
    matches = _with_real_finish(wanted, printings).join(
        printings.with_columns(is_only_finish=_is_only_finish()).select(
            "set_code",
            "product_id",
            "printing",
            "rarity",
            "name",
            "tcg_product_id",
            "id_claims",
            "is_only_finish",
            known="number",
            real_finish="finish",
        ),
        on=["set_code", "known", "real_finish"],
        how="left",
    )
    named = pl.when(pl.col("card_name") != "").then("card_name")
    matches = (
        matches.join(_own_ids(matches, category), on=["set_code", "number"], how="left")
        .with_columns(
            printing=pl.coalesce("printing", _printing_of(pl.col("finish"))),
            is_other=is_another_name(pl.col("card_name"), pl.col("name")),
            name=pl.coalesce(
                "name", named, pl.format("{} #{}", pl.col("set_code").str.to_uppercase(), "number")
            ),
            single_product_id=pl.coalesce("product_id", "own_id"),
        )
        .with_columns(is_foil=is_foil(pl.col("printing")))
        .select(
            *CARD,
            "single_product_id",
            "printing",
            "is_foil",
            "rarity",
            "name",
            "tcg_product_id",
            "id_claims",
            pl.col("is_only_finish").fill_null(value=False),
            "is_other",
        )
    )
    return cards.join(matches, on=CARD, how="left", nulls_equal=True)


def _with_real_finish(wanted: pl.DataFrame, printings: pl.DataFrame) -> pl.DataFrame:
    """Adds `real_finish`: the finish of the catalogue that stands for the wanted one."""
    offered = (
        printings.filter("is_offered")
        .group_by("set_code", known="number")
        .agg(offers=pl.col("finish").unique())
    )
    return wanted.join(offered, on=["set_code", "known"], how="left").with_columns(real_finish=_finish())


def _own_ids(matches: pl.DataFrame, category: str) -> pl.DataFrame:
    """Product ids of the numbers that the catalogue does not know: set_code, number, own_id."""
    unlisted = matches.filter(pl.col("product_id").is_null()).select("set_code", "number").unique()
    return unlisted.with_columns(
        own_id=pl.struct("set_code", "number").map_elements(
            lambda p: _single_id(category, p["set_code"], p["number"]), return_dtype=pl.String
        )
    )


def _with_known_number(wanted: pl.DataFrame, printings: pl.DataFrame) -> pl.DataFrame:
    """Adds `known`, the number in the catalogue: the same, else without its face or its foil's star."""
    numbers = printings.select("set_code", "number", known="number").unique()
    number = pl.col("number")
    starred = numbers.filter(number.str.ends_with(STAR))["set_code"].unique()
    is_finish = (pl.col("finish") == "foil") & number.str.ends_with(STAR)
    is_finish &= ~pl.col("set_code").is_in(starred.implode())
    return (
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


def _is_only_finish() -> pl.Expr:
    """True if a TCGplayer product is one printing: then its price row counts whatever its printing's name."""
    offered = pl.when("is_offered").then("printing")
    return pl.col("is_offered") & (offered.drop_nulls().n_unique().over("tcg_product_id") == 1)


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


WIDTHS = {"name": MAX_NAME, "set_name": 200, "set_code": MAX_SET_CODE, "kind": 40, "language": 30}
"""Letters of the columns of `products` that hold a source's words; a longer text is cut, and NUL left out."""


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
    fitted = [
        pl.col(name).str.replace_all("\0", "", literal=True).str.slice(0, w) for name, w in WIDTHS.items()
    ]
    return rows.unique("id", keep="first", maintain_order=True).with_columns(
        *fitted,
        tcg_product_id=pl.when(pl.col("tcg_product_id").is_first_distinct()).then("tcg_product_id"),
    )
