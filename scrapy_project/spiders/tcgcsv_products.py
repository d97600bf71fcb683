"""TCGplayer's groups and products through TCGCSV: what each product id is."""

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
"""The part of the landing where a crawl of some groups goes."""
STALE = timedelta(days=3)
"""TCGCSV copies TCGplayer daily; older than this it has stopped."""


class TcgcsvProductsSpider(SourceSpider):
    """Groups that were not modified since the last package are not asked for. Option `group`: their ids."""

    name = "tcgcsv_products"
    required = {  # noqa: RUF012 - a ClassVar of the base
        "product": ("productId", "name", "groupId", "categoryId"),
    }
    accept: ClassVar[str] = "*/*"

    def requests(self) -> Iterable[Request]:
        """The time of the last update, as TCGCSV asks its clients to do first."""
        yield self.ask("last-updated.txt", self.categories)

    def categories(self, response: Response) -> Iterable[Request]:
        """The groups of each category asked for, and the others as they landed before."""
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
        """The products of each wanted group: the last package's own where the group is as it was then."""
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
        """When each group had been modified, as of the last package."""
        try:
            body = earlier(self.order.known.get(url), self.source.max_bytes)
            return {group["groupId"]: group["modifiedOn"] for group in groups(body)}
        except LayoutError:
            return {}  # nothing landed yet

    def _is_beside(self, products_url: str, groups_url: str) -> bool:
        """Are both answers of one package? A crawl of some groups leaves the others' products behind."""
        of_products, of_groups = (self.order.known.get(url) for url in (products_url, groups_url))
        if of_products is None or of_groups is None:
            return False
        return Path(of_products.path).is_relative_to(Path(of_groups.path).parent)
