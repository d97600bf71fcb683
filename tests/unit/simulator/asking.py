"""A client of the simulated sources."""

import csv
import json
from base64 import b64encode
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from arb_pipeline.simulator.source_apis import Answer, Request

EBAY_SEARCH = "/buy/browse/v1/item_summary/search"
EBAY_SCOPE = "https://api.ebay.com/oauth/api_scope"
CLIENT = {"client_id": "me", "client_secret": "mine"}
CREATORS = {"grant_type": "client_credentials", "scope": "creatorsapi::default", **CLIENT}
LWA = {"grant_type": "refresh_token", "refresh_token": "r", **CLIENT}
TAGGED = {"partnerTag": "demo-20"}
OFFERS = "/products/pricing/v0/items/{}/offers?MarketplaceId=ATVPDKIKX0DER&ItemCondition=New"
PRICELIST = "/api/v2/pricelist"


def ask(folder: Path, source: str, url: str, *, body: Any = None, day: str = "", **headers: str) -> Answer:
    """Ask a source; a body is sent as JSON, text as it is."""
    split = urlsplit(url)
    sent = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    method, query = "GET" if body is None else "POST", dict(parse_qsl(split.query))
    requested = Request(method, split.path, query, named, sent, "http://replay/" + source, day)
    return import_module(f"arb_pipeline.simulator.source_apis.{source}").answer(folder, requested)


def response_to(folder: Path, source: str, url: str, **more: Any) -> Any:
    """The JSON of a good answer."""
    answer = ask(folder, source, url, **more)
    assert (answer.status, answer.content_type) == (200, "application/json")
    return json.loads(answer.body)


def put(path: Path, body: Any) -> None:
    """Write text, or anything else as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def basic(secret: str) -> str:
    return "Basic " + b64encode(f"me:{secret}".encode()).decode()


def on_ebay(folder: Path) -> dict[str, str]:
    form = urlencode({"grant_type": "client_credentials", "scope": EBAY_SCOPE})
    answer = response_to(folder, "ebay", "/identity/v1/oauth2/token", body=form, authorization=basic("mine"))
    assert (answer["expires_in"], answer["token_type"]) == (7200, "Application Access Token")
    return {"authorization": f"Bearer {answer['access_token']}", "x_ebay_c_marketplace_id": "EBAY_US"}


def on_amazon(folder: Path) -> dict[str, str]:
    return {
        "authorization": f"Bearer {response_to(folder, 'amazon', '/auth/o2/token', body=CREATORS)['access_token']}"
    }


def on_amazon_sp(folder: Path) -> dict[str, str]:
    answer = response_to(folder, "amazon_sp", "/auth/o2/token", body=urlencode(LWA))
    return {"x_amz_access_token": answer["access_token"]}


def on_tcgplayer(folder: Path) -> dict[str, str]:
    form = urlencode({"grant_type": "client_credentials", **CLIENT})
    answer = response_to(folder, "tcgplayer", "/token", body=form)
    assert (answer["expires_in"], answer["token_type"]) == (1_209_599, "bearer")
    return {"authorization": f"bearer {answer['access_token']}"}
