"""Amazon's Selling Partner API: the offers of an ASIN."""

import re
from pathlib import Path
from typing import Any

import orjson

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.amazon import TOKEN_PATH
from arb_pipeline.simulator.source_apis.helpers import WRONG, fields, is_issued, json_answer, parsed, token

OPERATION = "GET /products/pricing/v0/items/{Asin}/offers"
REFRESH = "refresh_token"
PER_SECOND = "0.5"
_PATH = re.compile(r"/products/pricing/v0/items/([^/]+)/offers")


def answer(folder: Path, request: Request) -> Answer:
    """A token, or the offers of an ASIN."""
    offers = parsed(folder / "amazon/sp_offers.json")
    samples = parsed(folder / "api_samples/amazon_spapi_product_pricing_v0_samples.json")
    if offers is None and samples is None:
        return NOT_FOUND
    if (request.method, request.path) == ("POST", TOKEN_PATH):
        return _token(request)
    match = _PATH.fullmatch(request.path)
    return _offers(match[1], offers, samples, request) if match else NOT_FOUND


def _offers(asin: str, offers: Any, samples: Any, request: Request) -> Answer:
    if not is_issued("amazon_sp", request.headers.get("x-amz-access-token", "")):
        return _refused(403, "Unauthorized", "Access to requested resource is denied.")
    if not {"MarketplaceId", "ItemCondition"} <= set(request.query):
        return _refused(400, "InvalidInput", "MarketplaceId and ItemCondition are required.")
    payload = _sampled(samples, asin) if offers is None else offers.get(asin)
    if payload is None:
        return _refused(404, "NotFound", f"{asin} is not in the marketplace.")
    return json_answer({"payload": payload}, x_amzn_RateLimit_Limit=PER_SECOND)


def _sampled(samples: Any, asin: str) -> Any:
    """Amazon's own sample, under the requested ASIN."""
    payload = samples[OPERATION]["sample"]["static"][0]["response"]["payload"]
    return orjson.loads(orjson.dumps(payload).replace(payload["ASIN"].encode(), asin.encode()))


def _token(request: Request) -> Answer:
    body = fields(request)
    client, secret, refresh = (body.get(key) for key in ("client_id", "client_secret", REFRESH))
    if not client or not secret or secret == WRONG:
        return json_answer(
            {"error": "invalid_client", "error_description": "Client authentication failed"}, 401
        )
    if body.get("grant_type") != REFRESH or not refresh or refresh == WRONG:
        return json_answer(
            {"error": "invalid_grant", "error_description": "The request has an invalid grant"}, 400
        )
    access = {"access_token": token("amazon_sp", client), "token_type": "bearer", "expires_in": 3600}
    return json_answer(access | {REFRESH: refresh})


def _refused(status: int, code: str, message: str) -> Answer:
    return json_answer({"errors": [{"code": code, "message": message, "details": ""}]}, status)
