"""Magic's files in a folder of dumps."""

from collections.abc import Mapping

from arb_pipeline.storage.data_folder import Layout

FOLDER: Mapping[str, Layout] = {
    "mtg_sealed_content": Layout(
        "Magic's sealed products, what is in them (mtgjson/mtg-sealed-content), and their marketplace ids.",
        (
            ("mtg/sealed_content/data", "products/*.yaml"),
            ("mtg/sealed_content/data", "contents/*.yaml"),
            ("tcgcsv", "sealed_products.csv"),
        ),
    ),
    "mtg_boosters": Layout(
        "Magic's booster files: sheets, card weights, pack configurations.",
        (("mtg/boosters/booster", "*.json"),),
    ),
    "mtg_id_map": Layout(
        "Magic printings with their ids at each marketplace.",
        (("mtg/id_map", "mtg_id_map.csv"),),
    ),
    "mtg_decks": Layout(
        "Card lists of Magic's preconstructed decks.",
        (("mtg/precon_decks", "*.json"),),
        is_required=False,
    ),
}
