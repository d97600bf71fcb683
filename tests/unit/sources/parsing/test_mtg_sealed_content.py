"""mtg-sealed-content: the archive of its main branch."""

import gzip
import io
from collections.abc import Mapping

import pytest

from arb_pipeline.simulator.replay.archives import tar
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.mtg_sealed_content import contents, products

TOP = "mtg-sealed-content-main"
FILES = {
    f"{TOP}/README.md": "# mtg-sealed-content",
    f"{TOP}/data/products/STX.yaml": """
code: stx
products:
  Strixhaven Set Booster Pack:
    category: BOOSTER_PACK
    subtype: SET
    identifiers: {mcmId: '540914', tcgplayerProductId: 233228}
  Strixhaven Gift Bundle: {category: BUNDLE, subtype: GIFT_BUNDLE, release_date: 2021-04-23}
""",
    f"{TOP}/data/contents/STX.yaml": """
code: stx
products:
  Strixhaven Set Booster Pack: {pack: [{set: stx, code: set}]}
  Strixhaven Gift Bundle: []
""",
}


def packed(files: Mapping[str, str]) -> io.BytesIO:
    """The archive."""
    return io.BytesIO(tar({name: text.encode() for name, text in files.items()}, "gz"))


def test_products_are_read_with_their_ids() -> None:
    pack, bundle = products(packed(FILES))
    assert pack == {
        "file": "STX.yaml",
        "code": "stx",
        "name": "Strixhaven Set Booster Pack",
        "category": "BOOSTER_PACK",
        "subtype": "SET",
        "release_date": None,
        "language": None,
        "mcmId": "540914",
        "tcgplayerProductId": 233228,
    }
    assert (bundle["name"], bundle["category"]) == ("Strixhaven Gift Bundle", "BUNDLE")


def test_contents_are_read_with_the_kinds_of_their_parts() -> None:
    result = [(one["code"], one["name"], one["parts"]) for one in contents(packed(FILES))]
    assert result == [
        ("stx", "Strixhaven Set Booster Pack", ["pack"]),
        ("stx", "Strixhaven Gift Bundle", None),
    ]


@pytest.mark.parametrize(
    "text", ["code: stx\nproducts: {Box: {", "- a list", "products: {}", "", "code: x\nproducts: [1]"]
)
def test_a_broken_file_is_a_record_without_a_name_beside_the_others(text: str) -> None:
    result = list(products(packed({**FILES, f"{TOP}/data/products/AAA.yaml": text})))
    assert [one["name"] for one in result if one["file"] == "AAA.yaml"] == [None]
    assert len(result) == 3


def test_an_archive_without_contents_is_refused() -> None:
    moved = {name: text for name, text in FILES.items() if "/contents/" not in name}
    assert len(list(products(packed(moved)))) == 2
    with pytest.raises(LayoutError, match="contents"):
        list(contents(packed(moved)))


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", gzip.compress(b"no tar"), packed(FILES).getvalue()[:-10]],
    ids=["empty", "page", "no archive", "cut short"],
)
def test_what_is_no_archive_is_refused(body: bytes) -> None:
    with pytest.raises(LayoutError):
        list(products(io.BytesIO(body)))
