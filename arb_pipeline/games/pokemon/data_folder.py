"""Pokemon's files in a folder of dumps."""

from collections.abc import Mapping

from arb_pipeline.storage.data_folder import Layout

FOLDER: Mapping[str, Layout] = {
    "pokemon_sealed": Layout(
        "Pokemon's sealed products with their TCGplayer ids.",
        (("pokemon/sealed_daily", "sealed_products_tracking.csv"),),
        is_required=False,
    ),
    "tcgdex": Layout(
        "Pokemon's cards with their variants, each with its TCGplayer id.",
        (("pokemon/tcgdex", "*.json"),),
        is_required=False,
    ),
}
