"""Amazon's Selling Partner API: the offers of an ASIN, for sellers. See docs/sources/amazon_sp.md."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import quote

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing import Record, amazon_sp
from scrapy_project.lookups import LookupSpider

MARKETPLACE = "ATVPDKIKX0DER"
"""The United States."""
NO_OFFERS = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
"""Status for an ASIN that Amazon does not have; the other ASINs continue."""


class AmazonSpSpider(LookupSpider):
    """New offers, ASIN by ASIN, at half a request per second."""

    name = "amazon_sp"
    oauth_path = "/auth/o2/token"
    # An expired token gets a 403 here, as does a missing role.
    refusals = frozenset({401, 403})
    required = amazon_sp.REQUIRED
    asks: ClassVar = {"asin": "B0D3XKZ1ZL"}

    def grant(self) -> dict[str, str]:
        """Refresh token of a seller, which does not expire."""
        return {"grant_type": "refresh_token", "refresh_token": self.key("refresh_token")}

    def sign(self, request: Request, token: str) -> None:
        """Sets Amazon's own token header."""
        request.headers["x-amz-access-token"] = token

    def questions(self) -> Iterator[Request]:
        """One request per ASIN."""
        for asin in self.option("asin"):
            path = f"products/pricing/v0/items/{quote(asin, safe='')}/offers"
            query = f"MarketplaceId={MARKETPLACE}&ItemCondition=New"
            yield self.keep(f"{path}?{query}", f"offers-{quote(asin, safe='')}.json", allow=NO_OFFERS)

    def redact(self, body: bytes) -> bytes:
        """Without sellers' ids."""
        return amazon_sp.redacted(body)

    def parse(self, response: Response) -> Iterator[Record]:
        """The offers of one ASIN."""
        if response.status in NO_OFFERS:
            self.warnings += (f"{response.url}: {error}" for error in amazon_sp.errors(response.body))
            return
        yield from self.take("offer", amazon_sp.offers(response.body))
        yield from self.take("lowest", amazon_sp.summary(response.body, "LowestPrices"))
        yield from self.take("buy_box", amazon_sp.summary(response.body, "BuyBoxPrices"))
        if (status := amazon_sp.status(response.body)) != amazon_sp.SUCCESS:
            self.warnings.append(f"{response.url}: {status}")
