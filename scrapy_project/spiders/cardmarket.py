"""Cardmarket: three public files per game."""

from collections.abc import Iterator
from typing import Any

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing import cardmarket
from scrapy_project.newest import NewestSpider

GAMES = {"mtg": 1, "yugioh": 3, "pokemon": 6}
"""Game -> Cardmarket's `idGame`, part of its file names."""
ROOT = "/productCatalog"
LISTS = {"singles": "single", "nonsingles": "sealed"}


class CardmarketSpider(NewestSpider):
    """Price guides, then product lists of each game; a game without a price guide is a warning."""

    name = "cardmarket"
    required = {  # noqa: RUF012 - a ClassVar of the base
        "price": ("idProduct", "idCategory", "low", "trend"),
        "single": ("idProduct", "name", "idCategory", "idExpansion"),
        "sealed": ("idProduct", "name", "idCategory", "idExpansion"),
    }

    def requests(self) -> Iterator[Request]:
        """The price guides."""
        for category in self.order.categories or self.source.categories:
            file = f"price_guide_{GAMES[category]}.json"
            game = {"game": GAMES[category]}
            yield self.keep(f"{ROOT}/priceGuide/{file}", file, self.guide, optional=True, cb_kwargs=game)

    def guide(self, response: Response, game: int) -> Iterator[Request]:
        """Counts a price guide; requests the lists of the same game."""
        guide = cardmarket.price_guide(response.body)
        self.published(guide.created_at)
        self.count("price", cardmarket.essentials(guide.records))
        for name, kind in LISTS.items():
            file = f"products_{name}_{game}.json"
            request: dict[str, Any] = {"optional": True, "cb_kwargs": {"kind": kind}}
            yield self.keep(f"{ROOT}/productList/{file}", file, self.products, **request)

    def products(self, response: Response, kind: str) -> None:
        """Counts a list of products."""
        self.count(kind, cardmarket.products(response.body).records)
