"""Calibration of forecasts: of the newest backtest, and of a buyer's own purchases."""

from collections.abc import Mapping, Sequence
from typing import Any

from arb_pipeline.core.backtest.estimates import wilson

BINS = 10
NONE: dict[str, Any] = {
    "first": None,
    "last": None,
    "horizon_days": None,
    "forecasts": 0,
    "bins": [],
    "brier": None,
    "brier_of_base_rate": None,
    "coverage": None,
    "coverage_forecasts": 0,
    "by_category": {},
}


def of_backtest(document: Mapping[str, Any] | None, category: str | None) -> dict[str, Any]:
    """Reliability of P(profit) and coverage in the findings that `arb backtest` left.

    Coverage is per game too; reliability is of all games of the backtest.
    """
    if document is None:
        reason = "No backtest has run. `arb backtest` runs one over the prices in the lake."
        return NONE | {"source": "backtest", "reason": reason}
    if category is not None and list(document["scope"]["days"]) != [category]:
        reason = f"The newest backtest is not of {category} alone: `arb backtest --category {category}`."
        return NONE | {"source": "backtest", "reason": reason}
    merged: dict[float, list[Mapping[str, Any]]] = {}
    for kind in document["reliability"].values():
        for each in kind:
            merged.setdefault(each["low"], []).append(each)
    bins = [_merged(parts) for _, parts in sorted(merged.items())]
    brier = document["brier"].get("all") or {}
    scope = document["scope"]
    return NONE | {
        "source": "backtest",
        "first": scope["first"],
        "last": scope["last"],
        "horizon_days": scope["horizon"],
        "forecasts": sum(each["forecasts"] for each in bins),
        "bins": bins,
        "brier": (brier.get("score") or {}).get("value"),
        "brier_of_base_rate": _base_rate(bins),
        **_coverage(document.get("coverage") or []),
        "reason": None if bins else "The backtest has no forecast with a P(profit).",
    }


def _coverage(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Calibration of fixed and random contents, weighted by their forecasts, in all and by game."""
    kinds = ("fixed contents", "random contents")
    every = [row for row in rows if row["group"] in kinds]
    by_game: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        kind, _, game = row["group"].partition(", ")
        if kind in kinds and game and "," not in game:
            by_game.setdefault(game, []).append(row)
    return {
        "coverage": _held(every),
        "coverage_forecasts": sum(row["rows"] for row in every),
        "by_category": {game: _held(members) for game, members in sorted(by_game.items())},
    }


def _held(rows: Sequence[Mapping[str, Any]]) -> float | None:
    total = sum(row["rows"] for row in rows)
    return sum(row["held"] * row["rows"] for row in rows) / total if total else None


def _merged(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = sum(part["rows"] for part in parts)
    share = sum(part["share"] * part["rows"] for part in parts) / rows
    low, high = wilson(share, sum(part["products"] for part in parts))
    return {
        "low": parts[0]["low"],
        "high": parts[0]["high"],
        "forecasts": rows,
        "mean_p_profit": sum(part["forecast"] * part["rows"] for part in parts) / rows,
        "realised_share": share,
        "realised_low": low,
        "realised_high": high,
    }


def _base_rate(bins: Sequence[Mapping[str, Any]]) -> float | None:
    """Brier score of a constant forecast of the realised share."""
    rows = sum(each["forecasts"] for each in bins)
    if not rows:
        return None
    share = sum(each["realised_share"] * each["forecasts"] for each in bins) / rows
    return float(share * (1 - share))


def of_purchases(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Reliability and coverage over purchases with a result.

    `rows`: category, p_profit, opened_on (ISO text), made_profit, is_within (null: no range to compare with).
    """
    if not rows:
        reason = "No purchase has a result. Record sales: POST /api/v1/opportunities/{id}/sales."
        return NONE | {"source": "purchases", "reason": reason}
    bins = []
    for number in range(BINS):
        members = [row for row in rows if min(int(row["p_profit"] * BINS), BINS - 1) == number]
        if members:
            share = sum(row["made_profit"] for row in members) / len(members)
            low, high = wilson(share, len(members))
            bins.append(
                {
                    "low": number / BINS,
                    "high": (number + 1) / BINS,
                    "forecasts": len(members),
                    "mean_p_profit": sum(row["p_profit"] for row in members) / len(members),
                    "realised_share": share,
                    "realised_low": low,
                    "realised_high": high,
                }
            )
    ranged = [row for row in rows if row["is_within"] is not None]
    days = sorted(row["opened_on"] for row in rows)
    games = sorted({row["category"] for row in rows})
    return NONE | {
        "source": "purchases",
        "first": days[0],
        "last": days[-1],
        "forecasts": len(rows),
        "bins": bins,
        "brier": sum((row["p_profit"] - row["made_profit"]) ** 2 for row in rows) / len(rows),
        "brier_of_base_rate": _base_rate(bins),
        "coverage": _share(ranged),
        "coverage_forecasts": len(ranged),
        "by_category": {game: _share([r for r in ranged if r["category"] == game]) for game in games},
        "reason": None,
    }


def _share(rows: Sequence[Mapping[str, Any]]) -> float | None:
    return sum(bool(row["is_within"]) for row in rows) / len(rows) if rows else None
