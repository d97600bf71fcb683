"""Conflicts between a title and a product, however the product was found."""

from collections.abc import Iterator
from dataclasses import dataclass

from arb_pipeline.core.matching import vocabulary
from arb_pipeline.core.matching.result import Reason
from arb_pipeline.core.matching.titles import Title

MANY = 1


@dataclass(frozen=True)
class Product:
    """A product with the words of a title that its name and terms explain."""

    product_id: str
    category: str
    language: str
    words: frozenset[str]
    plurals: frozenset[str]
    rank: int
    pack_count: int | None = None
    foreign_letters: frozenset[str] = frozenset()


def rank_of(words: frozenset[str]) -> int:
    """Rank of packaging: a case holds boxes, a box holds packs. Without a noun it is a box."""
    return max(
        (vocabulary.PACKAGING[word] for word in words if word in vocabulary.PACKAGING), default=vocabulary.BOX
    )


def conflicts(title: Title, product: Product) -> Iterator[Reason]:
    """Reasons why the title does not name this product, or not a new one of it."""
    for reason, words in title.refusals:
        if not words <= product.words:
            yield reason
    if title.games and product.category not in title.games:
        yield "unknown"
    yield from _of_language(title, product)
    yield from _of_number(title, product)


def _of_language(title: Title, product: Product) -> Iterator[Reason]:
    for language, words in title.languages:
        if language != product.language and not words <= product.words:
            yield "wrong_language"
    if product.language == "English" and not title.foreign_letters <= product.foreign_letters:
        yield "wrong_language"


def _of_number(title: Title, product: Product) -> Iterator[Reason]:
    contents = set()
    for count in title.counts:
        if is_content(count.noun, product):
            contents.add(count.noun)
            if count.noun in ("pack", "booster") and product.pack_count not in (None, count.number):
                yield "other_count"
        elif count.number > MANY and not count.words & product.words >= _numbers(count.words):
            yield "lot"
    if (title.plurals & vocabulary.UNITS) - product.plurals - contents:
        yield "lot"


def is_content(noun: str, product: Product) -> bool:
    """True if a count equals the contents of one product."""
    return bool(noun) and vocabulary.PACKAGING[noun] < product.rank


def _numbers(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if any(char.isdigit() for char in word))


def explained(title: Title, product: Product) -> frozenset[str]:
    """Words of a title that state quantity, language or contents."""
    known_words = set[str]()
    for count in title.counts:
        if count.number <= MANY or is_content(count.noun, product):
            known_words |= count.words
    for language, words in title.languages:
        if language == product.language:
            known_words |= words
    return frozenset(known_words)
