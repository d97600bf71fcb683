"""Functions of worker processes: each returns the JSON of a model of the API."""

from datetime import date

import orjson

from arb_pipeline.api.models.buyers import WhatIfRequest
from arb_pipeline.api.workers import own_engine, own_settings
from arb_pipeline.storage import params
from arb_pipeline.storage.postgres.parameter_values import dated_values


def _install_parameters() -> None:
    with own_engine().connect() as connection:
        params.install(dated_values(connection))


def explained(part: str, product_id: str, as_of: date | None) -> str:
    """A part of a product's explanation."""
    from arb_pipeline.api.explaining import PARTS

    _install_parameters()
    return PARTS[part](own_settings(), own_engine(), product_id, as_of).model_dump_json()


def what_if(text: str) -> str:
    """The value of a quote; `text`: the request as JSON."""
    from arb_pipeline.api.what_if import value

    _install_parameters()
    return value(own_settings(), own_engine(), WhatIfRequest.model_validate_json(text)).model_dump_json()


def valued_row(list_id: str, line: int, product_id: str) -> str:
    """A row of a price list valued as another product: the values of its table, as JSON."""
    from arb_pipeline.services.price_list_jobs import rematched

    _install_parameters()
    values = rematched(own_engine(), own_settings(), list_id, line, product_id)
    return orjson.dumps(values, default=str).decode()


def calibration(source: str, category: str | None, rows: str) -> str:
    """Calibration of forecasts. `rows`: purchases, or the newest backtest or null, as JSON."""
    from arb_pipeline.api.models.data_team import Calibration
    from arb_pipeline.services.calibration_view import of_backtest, of_purchases

    given = orjson.loads(rows)
    found = of_purchases(given) if source == "purchases" else of_backtest(given, category)
    return Calibration.model_validate(found).model_dump_json()


def backtest(text: str) -> str:
    """The newest backtest; `text`: the findings of `arb backtest`."""
    from arb_pipeline.api.models.data_team import Backtest

    found = orjson.loads(text)
    groups = [
        {
            "name": group["name"],
            "rows": group["rows"],
            "products": group["products"],
            "forecast_margin_percentage": group["forecast_median"] / 100,
            "realised_margin_percentage": group["realised_median"] / 100,
            "in_profit": group["in_profit"],
            "profit": f"{group['profit_cents'] / 100:.2f}",
            "realised_profit": f"{group['realised_profit_cents'] / 100:.2f}",
        }
        for group in found["groups"]
    ]
    scope = found["scope"]
    view = {
        "generated_at": found.pop("generated_at"),
        "first": scope["first"],
        "last": scope["last"],
        "horizon_days": scope["horizon"],
        "groups": groups,
        "report": found,
    }
    return Backtest.model_validate(view).model_dump_json()


def rejections(given: str, start: int, limit: int) -> str:
    """A page of the rejected records that match filters, and counts by reason."""
    from arb_pipeline.services.quarantine_page import page

    return orjson.dumps(page(own_settings(), orjson.loads(given), start, limit)).decode()


def rejection(rejection_id: str) -> str:
    """The source and day of a rejected record."""
    from arb_pipeline.services.quarantine_page import find

    return orjson.dumps(find(own_settings(), rejection_id)).decode()


def parameter_effect(text: str) -> str:
    """The newest day's list with another value of a parameter; `text`: the request as JSON."""
    from arb_pipeline.api.models.previews import ParameterEffect, ParameterPreviewRequest
    from arb_pipeline.services.previews import preview_parameter

    body = ParameterPreviewRequest.model_validate_json(text)
    with own_engine().connect() as connection:
        layer = dated_values(connection)
    found = preview_parameter(own_settings(), layer, group=body.group, key=body.key, value=body.value)
    return ParameterEffect(**found).model_dump_json()
