"""TCGdex: sets whose packs can be valued, related sets, and each of their cards."""

from collections.abc import Iterable
from urllib.parse import quote

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing.tcgdex import card, set_cards, sets, variants
from scrapy_project.spiders.base import SourceSpider

API = "v2/en"
RATED = (
    *("sv01", "sv02", "sv03", "sv03.5", "sv04", "sv04.5", "sv05", "sv06", "sv07", "sv08", "sv08.5", "sv09"),
    *("sv10", "sv10.5b", "sv10.5w", "me01", "me02", "me02.5", "me03", "me04"),
    *("swsh7", "swsh10", "swsh11", "swsh12", "swsh12.5"),
)
"""Sets with measured, published pull rates, without which a pack has no value."""
ESTIMATED = (
    *("swsh1", "swsh2", "swsh3", "swsh3.5", "swsh4", "swsh4.5", "swsh5", "swsh6", "swsh8", "swsh9"),
    *("swsh10.5", "sv06.5", "me05"),
)
"""Sets whose rates are estimated from sets of their time."""
BESIDE = (
    *("svp", "mep", "swshp"),
    *("swsh4.5sv", "swsh9tg", "swsh10tg", "swsh11tg", "swsh12tg", "swsh12.5gg"),
)
"""Promo cards of sealed products, and galleries that come from the packs of another set."""
DEFAULT = (*RATED, *ESTIMATED, *BESIDE)


class TcgdexSpider(SourceSpider):
    """A request per card: TCGdex publishes no dump. Option `set`: other sets than the default."""

    name = "tcgdex"
    required = {  # noqa: RUF012 - a ClassVar of the base
        "card": ("id", "localId", "name", "set"),
        "variant": ("id", "type"),
    }

    def requests(self) -> Iterable[Request]:
        """The list of sets."""
        yield self.keep(f"{API}/sets", "sets.json", self.sets)

    def sets(self, response: Response) -> Iterable[Request]:
        """Requests each wanted set; others stay as landed before; unknown sets are a warning."""
        listed = [record["id"] for record in sets(response.body)]
        wanted = self.option("set") or DEFAULT
        for set_id in listed:
            name = quote(set_id, safe="")
            request = self.keep(f"{API}/sets/{name}", f"sets/{name}.json", self.cards)
            request.meta["reuse_known"] = set_id not in wanted
            if set_id in wanted or request.url in self.order.known:
                yield request
        if absent := [set_id for set_id in wanted if set_id not in listed]:
            self.warnings.append(f"{self.name} has no set {', '.join(absent)}")

    def cards(self, response: Response) -> Iterable[Request]:
        """Each card of a set."""
        for record in set_cards(response.body):
            name = quote(record["id"], safe="")  # exu-! and exu-? are ids
            request = self.keep(f"{API}/cards/{name}", f"cards/{name}.json", self.card)
            request.meta["reuse_known"] = response.meta["reuse_known"]
            yield request

    def card(self, response: Response) -> None:
        """Counts a card and its variants."""
        self.count("card", card(response.body))
        self.count("variant", variants(response.body))
