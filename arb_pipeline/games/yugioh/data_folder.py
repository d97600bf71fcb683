"""Yu-Gi-Oh's files in a folder of dumps."""

from collections.abc import Mapping

from arb_pipeline.storage.data_folder import Layout

FOLDER: Mapping[str, Layout] = {
    "tcgcsv_products": Layout(
        "TCGplayer's groups and products, as TCGCSV lists them.",
        (("tcgcsv/products", "*/*/products"), ("tcgcsv/products", "*/groups")),
        is_required=False,
    ),
    "ygojson": Layout(
        "Yu-Gi-Oh's sets, pack distributions and sealed products.",
        (
            ("yugioh/ygojson", "sets/*.json"),
            ("yugioh/ygojson", "distributions.json"),
            ("yugioh/ygojson", "sealedProducts.json"),
            ("yugioh/ygojson", "cards_lookup.json"),
        ),
        is_required=False,
    ),
}
