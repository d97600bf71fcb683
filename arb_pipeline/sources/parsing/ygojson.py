"""YGOJSON's aggregate files: each is one JSON list of up to some 100 MB, read an element at a time."""

import json
import re
from functools import partial
from io import TextIOWrapper
from typing import Any, BinaryIO

from arb_pipeline.sources.parsing import SHOWN, LayoutError, Record, Records, object_in

SOURCE = "YGOJSON"
_inside = partial(object_in, source=SOURCE)
CHUNK = 1024 * 1024
MAX_ELEMENT = 32 * CHUNK
"""Characters of one element. The largest set, with its cards in nine languages, has some 300,000."""
SPACE = re.compile(r"[ \t\r\n]*")
DECODER = json.JSONDecoder()
NO_ELEMENT = "no list of objects"


def cards(file: BinaryIO) -> Records:
    """Cards: their names and ids. `ygoprodeck` joins them to YGOPRODeck's."""
    for card in elements(file):
        ids, texts = _inside(card, "externalIDs"), _inside(card, "text")
        yield {
            "id": card.get("id"),
            "name": _inside(texts, "en").get("name"),
            "cardType": card.get("cardType"),
            "passwords": card.get("passwords"),
            "ygoprodeck": _inside(ids, "ygoprodeck").get("id"),
        }


def sets(file: BinaryIO) -> Records:
    """Sets by name, including those of video games."""
    for entry in elements(file):
        locales = _inside(entry, "locales")
        dates = {name: locale.get("date") for name in locales if (locale := _inside(locales, name))}
        yield {"id": entry.get("id"), "name": _inside(entry, "name").get("en"), "dates": dates}


def contents(file: BinaryIO) -> Records:
    """Contents of a set by locale: one record per edition, with its pack `distrobution` (sic)."""
    for entry in elements(file):
        for index, held in enumerate(_records(entry, "contents")):
            yield {
                "set": entry.get("id"),
                "index": index,
                "cards": len(_records(held, "cards")),
                **_picked(held, ("locales", "formats", "editions", "distrobution", "packsPerBox")),
                "ygoprodeck": _inside(held, "externalIDs").get("ygoprodeck"),
            }


def printings(file: BinaryIO) -> Records:
    """The cards of each contents."""
    for entry in elements(file):
        for index, held in enumerate(_records(entry, "contents")):
            for printing in _records(held, "cards"):
                fields = _picked(printing, ("id", "card", "suffix", "rarity"))
                yield {"set": entry.get("id"), "contents": index, **fields}


def distributions(file: BinaryIO) -> Records:
    """Distributions of the cards of a pack."""
    for entry in elements(file):
        yield {**_picked(entry, ("id", "name", "quotas")), "slots": _records(entry, "slots")}


def sealed_products(file: BinaryIO) -> Records:
    """Sealed products: boxes, tins, decks."""
    for entry in elements(file):
        names = _inside(entry, "name")
        yield {"id": entry.get("id"), "name": names.get("en"), "boxOf": entry.get("boxOf")}


def packs(file: BinaryIO) -> Records:
    """Contents of a sealed product by locale: a number of packs of a set, or a card."""
    for entry in elements(file):
        for held in _records(entry, "contents"):
            for pack in _records(held, "packs"):
                fields = _picked(pack, ("set", "card", "qty"))
                yield {"product": entry.get("id"), "locales": held.get("locales"), **fields}


FILES = {
    "card": ("cards.json", cards),
    "set": ("sets.json", sets),
    "contents": ("sets.json", contents),
    "printing": ("sets.json", printings),
    "distribution": ("distributions.json", distributions),
    "sealed_product": ("sealedProducts.json", sealed_products),
    "pack": ("sealedProducts.json", packs),
}
"""Kind of record -> its file and its parser."""


def elements(file: BinaryIO) -> Records:
    """Objects of a JSON list, streamed. Raises `LayoutError`."""
    wrapper = TextIOWrapper(file, "utf-8")
    text = _Text(wrapper)
    try:
        if text.take() != "[":
            raise _refused(NO_ELEMENT, text.rest)
        while True:
            yield text.element()
            after = text.take()
            if after == "]":
                break
            if after != ",":
                raise _refused("no comma between two elements" if after else "a list that is cut", text.rest)
        if text.take():
            raise _refused("something after its list", text.rest)
    except UnicodeDecodeError as error:
        msg = f"{SOURCE}'s file is no UTF-8: {error}"
        raise LayoutError(msg) from error
    finally:
        wrapper.detach()


class _Text:
    """A text read piece by piece, with a position."""

    def __init__(self, file: TextIOWrapper) -> None:
        self._file = file
        self._buffer = ""
        self._at = 0

    @property
    def rest(self) -> str:
        """Text from the last consumed character, for messages."""
        return self._buffer[max(self._at - 1, 0) : self._at + SHOWN]

    def take(self) -> str:
        """The next character that is no space; '' at the end."""
        while True:
            self._at = SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr] - it matches anything
            if self._at < len(self._buffer):
                self._at += 1
                return self._buffer[self._at - 1]
            if not self._more(CHUNK):
                return ""

    def element(self) -> Record:
        """The next object."""
        if self.take() != "{":
            raise _refused(NO_ELEMENT, self.rest)
        self._at -= 1
        while True:
            try:
                element, self._at = DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                held = len(self._buffer) - self._at
                if held > MAX_ELEMENT or not self._more(max(CHUNK, held)):
                    raise _refused(f"an element that is cut or no JSON ({error.msg})", self.rest) from error
            else:
                return element

    def _more(self, size: int) -> bool:
        piece = self._file.read(size)
        self._buffer, self._at = self._buffer[self._at :] + piece, 0
        return bool(piece)


def _refused(what: str, shown: str) -> LayoutError:
    return LayoutError(f"{SOURCE}'s file holds {what}: {shown[:SHOWN]!r}")


def _picked(record: Record, fields: tuple[str, ...]) -> Record:
    return {field: record.get(field) for field in fields}


def _records(record: Record, key: str) -> list[Record]:
    listed: Any = record.get(key) or []
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise _refused(f"no list of objects in {key!r}", str(listed))
    return listed
