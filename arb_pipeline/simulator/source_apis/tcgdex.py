"""TCGdex: sets and cards of `pokemon/tcgdex/<set>.json`."""

from pathlib import Path
from typing import Any

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.helpers import json_answer, parsed

MISSING = {
    "type": "https://tcgdex.dev/errors/not-found",
    "title": "The resource you are searching does not exists",
    "status": 404,
}
BRIEF = ("id", "localId", "name")


def answer(folder: Path, request: Request) -> Answer:
    """The list of sets, one set, or one card."""
    paths = sorted((folder / "pokemon/tcgdex").glob("*.json"))
    parts = request.path.removeprefix("/v2/en/").split("/")
    if not paths or not request.path.startswith("/v2/en/"):
        return NOT_FOUND
    match parts:
        case ["sets"]:
            return json_answer([_brief(parsed(path)) for path in paths])
        case ["sets", wanted]:
            record = next((_whole(parsed(path)) for path in paths if path.stem == wanted), None)
        case ["cards", wanted]:
            bodies = [parsed(path) for path in paths if path.stem == wanted.rpartition("-")[0]]
            record = next(
                (_card(body, card) for body in bodies for card in body["cards"] if card["id"] == wanted), None
            )
        case _:
            record = None
    return json_answer(record) if record else json_answer(MISSING, 404)


def _brief(body: Any) -> dict[str, Any]:
    head = body["set"]
    count = {"total": len(body["cards"]), "official": head["cardCount"]["official"]}
    return {"id": head["id"], "name": head["name"], "cardCount": count}


def _whole(body: Any) -> dict[str, Any]:
    head = body["set"]
    third = {"thirdParty": head["thirdParty"]} if "thirdParty" in head else {}
    return {
        **_brief(body),
        "releaseDate": head["releaseDate"],
        "abbreviation": head.get("abbreviations", {}),
        **third,
        "cards": [{key: card[key] for key in BRIEF} for card in body["cards"]],
    }


def _card(body: Any, card: dict[str, Any]) -> dict[str, Any]:
    return {**card, "set": {key: body["set"][key] for key in ("id", "name")}}
