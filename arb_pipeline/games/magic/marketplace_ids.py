"""Ids of Magic's products and printings at other marketplaces, from its catalogue files."""

from pathlib import Path
from typing import Any

import polars as pl

from arb_pipeline.core.matching.marketplace_ids import CLAIMED
from arb_pipeline.games.magic.contents import sealed_records
from arb_pipeline.games.magic.printings import scryfall_cards
from arb_pipeline.games.tables import read_csv

SEALED = {"mcmId": "mcm", "cardKingdomId": "cardkingdom"}
"""Identifier of a sealed product -> kind of id."""
ID_MAP = {
    "mcmId": ("mcm", None),
    "scryfallId": ("scryfall", None),
    "cardKingdomId": ("cardkingdom", "normal"),
    "cardKingdomFoilId": ("cardkingdom", "foil"),
    "cardKingdomEtchedId": ("cardkingdom", "etched"),
}
"""Column of the id map -> kind of id, and its finish (None: plain and foil)."""


def sealed_ids(package: Path) -> pl.DataFrame:
    """Ids of sealed products (columns of `CLAIMED`)."""
    rows: list[dict[str, Any]] = []
    for (set_code, name), record in sealed_records(package):
        identifiers: Any = record.get("identifiers") if isinstance(record, dict) else None
        if not isinstance(identifiers, dict):
            continue
        for field, kind in SEALED.items():
            if value := str(identifiers.get(field) or "").strip():
                rows.append(_claim(set_code, name=name, id_kind=kind, marketplace_id=value))
    extra = package / "sealed_products.csv"
    if extra.exists():
        for row in (
            read_csv(extra, required=("set", "name")).drop_nulls(("set", "name")).iter_rows(named=True)
        ):
            rows += [
                _claim(str(row["set"]).lower(), name=row["name"], id_kind=kind, marketplace_id=row[field])
                for field, kind in SEALED.items()
                if row.get(field)
            ]
    return pl.DataFrame(rows, schema=CLAIMED).unique(maintain_order=True)


def printing_ids(id_map_package: Path | None, scryfall_package: Path | None) -> pl.DataFrame:
    """Ids of printings (columns of `CLAIMED`), of the id map and of Scryfall's file."""
    frames = [pl.DataFrame(schema=CLAIMED)]
    if id_map_package:
        table = read_csv(id_map_package / "mtg_id_map.csv", required=("set", "number"))
        frames += [
            _claims(table.select(set_code="set", number="number", marketplace_id=column), kind, printing)
            for column, (kind, printing) in ID_MAP.items()
            if column in table.columns
        ]
    if scryfall_package:
        cards = scryfall_cards(scryfall_package)
        for column, kind in (("id", "scryfall"), ("cardmarket_id", "mcm")):
            frames.append(_claims(cards.select("set_code", "number", marketplace_id=column), kind, None))
    return pl.concat(frames).unique(maintain_order=True)


def _claims(rows: pl.DataFrame, kind: str, printing: str | None) -> pl.DataFrame:
    claimed = rows.drop_nulls().with_columns(
        category=pl.lit("mtg"),
        set_code=pl.col("set_code").str.to_lowercase(),
        name=pl.lit(None, pl.String),
        id_kind=pl.lit(kind),
        printing=pl.lit(printing, pl.String),
    )
    return claimed.select(list(CLAIMED))


def _claim(set_code: str, *, name: str, id_kind: str, marketplace_id: str) -> dict[str, Any]:
    return {
        "category": "mtg",
        "set_code": set_code,
        "name": name,
        "id_kind": id_kind,
        "marketplace_id": marketplace_id,
    }
