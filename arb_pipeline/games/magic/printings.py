"""Magic's printings with their marketplace ids: the id map, and additions of Scryfall's bulk file."""

from pathlib import Path

import polars as pl

from arb_pipeline.core.contents.catalog import BY_FINISH
from arb_pipeline.games.tables import SourceFileError, read_csv
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.scryfall import cards

ID_MAP = {
    "set": "set_code",
    "number": "number",
    "name": "name",
    "rarity": "rarity",
    "finishes": "finishes",
    "tcgplayerProductId": "tcg_product_id",
    "tcgplayerEtchedProductId": "tcg_etched_product_id",
}
COLUMNS = tuple(ID_MAP.values())
SCRYFALL_FIELDS = {
    "set_code": "set",
    "number": "collector_number",
    "name": "name",
    "rarity": "rarity",
    "finishes": "finishes",
    "tcg_product_id": "tcgplayer_id",
    "tcg_etched_product_id": "tcgplayer_etched_id",
    "id": "id",
    "cardmarket_id": "cardmarket_id",
}
SCRYFALL = ("default-cards.json", "default-cards.json.gz", "default-cards.jsonl.gz")


def printings(id_map_package: Path | None, scryfall_package: Path | None) -> pl.DataFrame:
    """All known printings (columns of `COLUMNS`): those of the id map, then those that only Scryfall has.

    The id map ends with its last edition; only later sets are taken from Scryfall.
    """
    rows = pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    if id_map_package:
        rows = id_map(id_map_package)
    if scryfall_package:
        more = scryfall_map(scryfall_package)
        rows = pl.concat([rows, more.join(rows, on=["set_code", "number"], how="anti")])
    return rows


def by_finish(listed: pl.DataFrame) -> pl.DataFrame:
    """Printings (columns of `COLUMNS`) as one row per finish (columns of `core.catalog.BY_FINISH`).

    Non-foil and foil share a marketplace product; an etched foil has its own, whose price is a foil's. Plain
    and foil rows exist whether offered or not: contents name cards in finishes that lists omit.
    """
    base = (
        listed.sort("set_code", "number")
        .unique(["set_code", "number"], keep="first", maintain_order=True)
        .with_columns(offered=pl.col("finishes").str.split("|"), variant=pl.lit(""))
        .with_columns(only_etched=pl.col("offered").list.eval(pl.element() == "etched").list.all())
    )
    rows = pl.concat(
        [
            base.with_columns(finish=pl.lit("nonfoil"), printing=pl.lit("normal")),
            base.with_columns(finish=pl.lit("foil"), printing=pl.lit("foil")),
            base.filter(pl.col("offered").list.contains("etched")).with_columns(
                finish=pl.lit("etched"),
                printing=pl.lit("foil"),
                variant=pl.when("only_etched").then(pl.lit("")).otherwise(pl.lit("etched")),
                tcg_product_id=pl.coalesce(
                    "tcg_etched_product_id", pl.when("only_etched").then("tcg_product_id")
                ),
            ),
        ]
    )
    return rows.with_columns(is_offered=pl.col("offered").list.contains(pl.col("finish"))).select(
        list(BY_FINISH)
    )


def id_map(package: Path) -> pl.DataFrame:
    """Printings with their marketplace ids (columns named by the values of `ID_MAP`)."""
    path = package / "mtg_id_map.csv"
    frame = read_csv(path, required=ID_MAP)
    return (
        frame.select(pl.col(name).alias(to) for name, to in ID_MAP.items())
        .with_columns(pl.col("set_code").str.to_lowercase(), pl.col("finishes").fill_null(""))
        .filter(pl.col("set_code").is_not_null() & pl.col("number").is_not_null())
        .with_columns(pl.col("name").fill_null(pl.format("{} #{}", "set_code", "number")))
    )


def scryfall_map(package: Path) -> pl.DataFrame:
    """The same from Scryfall's file of all cards. Raises `SourceFileError`."""
    return (
        scryfall_cards(package)
        .select(COLUMNS)
        .filter(pl.col("set_code").is_not_null() & pl.col("number").is_not_null())
        .with_columns(pl.col("name").fill_null(pl.format("{} #{}", "set_code", "number")))
    )


def scryfall_cards(package: Path) -> pl.DataFrame:
    """Scryfall's paper cards (columns of `SCRYFALL_FIELDS`), all as text.

    The file has one object per printing: English, or its only language. Raises `SourceFileError`.
    """
    path = next((package / name for name in SCRYFALL if (package / name).exists()), None)
    if path is None:
        msg = f"The package has none of {', '.join(SCRYFALL)}. Run `arb fetch scryfall`."
        raise SourceFileError(msg)
    try:
        with path.open("rb") as file:
            rows = [
                tuple(
                    _finishes(card[field]) if field == "finishes" else _text(card[field])
                    for field in SCRYFALL_FIELDS.values()
                )
                for card in cards(file)
                if not card["digital"]
            ]
    except LayoutError as error:
        msg = f"{path.name} does not read: {error}. Fetch it again."
        raise SourceFileError(msg) from error
    frame = pl.DataFrame(rows, schema=dict.fromkeys(SCRYFALL_FIELDS, pl.String), orient="row")
    return frame.with_columns(pl.col("set_code").str.to_lowercase())


def _text(value: object) -> str | None:
    """Text or a whole number as text; None for whatever else stands in a field."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if value and (isinstance(value, str) or is_whole) else None


def _finishes(value: object) -> str:
    """Names of finishes, joined; those that are none are left out."""
    return "|".join(finish for finish in value if isinstance(finish, str)) if isinstance(value, list) else ""
