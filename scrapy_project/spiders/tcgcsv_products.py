"""TCGplayer's groups and products through TCGCSV."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.tcgcsv import day_of_last_update
from arb_pipeline.sources.parsing.tcgcsv_products import groups, products
from scrapy_project.previous_response import earlier
from scrapy_project.spiders.base import SourceSpider

SELECTED = "selected"
"""Part of the landing for a crawl of some groups."""
STALE = timedelta(days=3)
"""Age at which TCGCSV's daily copy counts as stopped."""


class TcgcsvProductsSpider(SourceSpider):
    """Products by group; groups unchanged since the last package are not requested. Option `group`: ids."""

    name = "tcgcsv_products"
    required = {  # noqa: RUF012 - a ClassVar of the base
        "product": ("productId", "name", "groupId", "categoryId"),
    }
    accept: ClassVar[str] = "*/*"

    def requests(self) -> Iterable[Request]:
        """Requests the time of the last update first, as TCGCSV requires."""
        yield self.ask("last-updated.txt", self.categories)

    def categories(self, response: Response) -> Iterable[Request]:
        """Groups of each requested category, and the others as they landed before."""
        updated = day_of_last_update(response.body)
        if date.fromisoformat(updated) < self.order.today - STALE:
            self.warnings.append(f"TCGCSV was last updated on {updated}: its catalogue is old")
        wanted = [CATEGORIES[name] for name in self.order.categories or CATEGORIES]
        is_selection = bool(self.option("group"))
        if is_selection:  # never in place of the whole catalogue
            self.part = self.order.part or SELECTED
        for category in CATEGORIES.values():
            request = self.keep(f"tcgplayer/{category}/groups", f"{category}/groups", self.groups)
            is_landed = request.url in self.order.known and not is_selection
            request.meta.update(category=category, reuse_known=category not in wanted)
            if category in wanted or is_landed:
                yield request

    def groups(self, response: Response) -> Iterable[Request]:
        """Requests the products of each wanted group; unchanged groups come from the last package."""
        category = response.meta["category"]
        landed, wanted = self._landed(response.request.url), self.option("group")
        for group in groups(response.body):
            number = group["groupId"]
            if number is None or (wanted and str(number) not in wanted):
                continue
            request = self.keep(
                f"tcgplayer/{category}/{number}/products", f"{category}/{number}/products", self.products
            )
            is_same = group["modifiedOn"] is not None and landed.get(number) == group["modifiedOn"]
            request.meta["reuse_known"] = is_same and self._is_beside(request.url, response.request.url)
            yield request

    def products(self, response: Response) -> None:
        """Counts the products of a group."""
        self.count("product", products(response.body))

    def _landed(self, url: str) -> dict[int, str]:
        """Time of modification per group, as of the last package."""
        try:
            body = earlier(self.order.known.get(url), self.source.max_bytes)
            return {group["groupId"]: group["modifiedOn"] for group in groups(body)}
        except LayoutError:
            return {}  # nothing landed yet

    def _is_beside(self, products_url: str, groups_url: str) -> bool:
        """True if both answers are of one package; a crawl of some groups lacks the others' products."""
        of_products, of_groups = (self.order.known.get(url) for url in (products_url, groups_url))
        if of_products is None or of_groups is None:
            return False
        return Path(of_products.path).is_relative_to(Path(of_groups.path).parent)
