"""Cardmarket: three public files per game."""

from collections.abc import Iterator
from typing import Any

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing import cardmarket
from scrapy_project.newest import NewestSpider

GAMES = {"mtg": 1, "yugioh": 3, "pokemon": 6}
"""Our games -> Cardmarket's `idGame`, which its file names carry."""
ROOT = "/productCatalog"
LISTS = {"singles": "single", "nonsingles": "sealed"}


class CardmarketSpider(NewestSpider):
    """A game's product lists are asked for once its price guide is there; without one, it is a warning."""

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
        """Counts a price guide; asks for the lists of the same game."""
        guide = cardmarket.price_guide(response.body)
        self.published(guide.created_at)
        self.count("price", cardmarket.essentials(guide.records))
        for name, kind in LISTS.items():
            file = f"products_{name}_{game}.json"
            asked: dict[str, Any] = {"optional": True, "cb_kwargs": {"kind": kind}}
            yield self.keep(f"{ROOT}/productList/{file}", file, self.products, **asked)

    def products(self, response: Response, kind: str) -> None:
        """Counts a list of products."""
        self.count(kind, cardmarket.products(response.body).records)
