"""Answers of TCGplayer's own API, in its envelope. Names and numbers are made up."""

from typing import Any

import orjson
import pytest

from arb_pipeline.sources.parsing import LayoutError, tcgplayer

PRICE = {
    "productId": 541226,
    "lowPrice": 118.0,
    "midPrice": 129.99,
    "highPrice": 299.99,
    "marketPrice": 121.37,
    "directLowPrice": None,
    "subTypeName": "Normal",
}


def envelope(*results: dict[str, Any], **changes: Any) -> bytes:
    about = {"totalItems": len(results), "success": True, "errors": []}
    return orjson.dumps({**about, "results": list(results), **changes})


def test_a_price_row_keeps_tcgplayers_names_and_values() -> None:
    assert list(tcgplayer.rows(envelope(PRICE))) == [PRICE]


def test_what_is_nested_in_a_product_stays_in_the_page() -> None:
    product = {
        "productId": 1,
        "name": "Box",
        "extendedData": [{"name": "UPC"}],
        "presaleInfo": {"note": None},
    }
    assert list(tcgplayer.rows(envelope(product))) == [{"productId": 1, "name": "Box"}]


def test_the_total_is_that_of_all_pages() -> None:
    assert tcgplayer.total(envelope(PRICE, totalItems=412)) == 412
    assert tcgplayer.total(b'{"success": true, "results": []}') == 0  # prices come without one


def test_a_404_with_the_envelope_means_nothing_found() -> None:
    body = orjson.dumps({"success": False, "errors": ["No products were found."], "results": []})
    assert list(tcgplayer.rows(body, may_be_none=True)) == []
    with pytest.raises(LayoutError, match="No products were found"):
        list(tcgplayer.rows(body))


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Not found</html>",
        b'{"message": "no route"}',
        b'{"success": true}',
        b'{"success": true, "results": {"productId": 1}}',
        b'{"success": false, "errors": ["The server is busy."], "results": [{"productId": 1}]}',
    ],
)
def test_what_is_no_envelope_is_refused_with_any_status(body: bytes) -> None:
    for may_be_none in (True, False):
        with pytest.raises(LayoutError):
            list(tcgplayer.rows(body, may_be_none=may_be_none))
