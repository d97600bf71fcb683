"""Functions of worker processes: each returns the JSON of a model of the API."""

from datetime import date

import orjson

from arb_pipeline.api.models.buyers import WhatIfRequest
from arb_pipeline.api.workers import own_engine, own_settings
from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.services.view import dollars
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
    from arb_pipeline.api.valuing import value

    _install_parameters()
    return value(own_settings(), own_engine(), WhatIfRequest.model_validate_json(text)).model_dump_json()


def valued_row(list_id: str, line: int, product_id: str) -> str:
    """A row of a price list valued as another product: a `ValuedRow` as JSON."""
    from arb_pipeline.services.price_list_jobs import rematched

    _install_parameters()
    row = rematched(own_engine(), own_settings(), list_id, line, product_id)
    return row.model_dump_json(exclude_unset=True)


def calibration_of_purchases(rows: str) -> str:
    """Calibration of forecasts of purchases; `rows`: of `PurchaseResult`, as JSON."""
    from arb_pipeline.api.models.data_team import Calibration
    from arb_pipeline.services.calibration_view import of_purchases
    from arb_pipeline.services.purchases import PurchaseResult

    calibration = of_purchases([PurchaseResult.model_validate(row) for row in orjson.loads(rows)])
    return Calibration.model_validate(calibration.model_dump()).model_dump_json()


def calibration_of_backtest(category: str | None) -> str:
    """Calibration of forecasts of the newest backtest."""
    from arb_pipeline.api.models.data_team import Calibration
    from arb_pipeline.services.backtest import newest
    from arb_pipeline.services.calibration_view import of_backtest

    calibration = of_backtest(newest(own_settings()), category)
    return Calibration.model_validate(calibration.model_dump()).model_dump_json()


def backtest() -> str:
    """The newest backtest. Raises `NotFoundError` where none has run."""
    from arb_pipeline.api.models.data_team import Backtest, BacktestGroup
    from arb_pipeline.services.backtest import newest

    report = newest(own_settings())
    if report is None:
        thing = "No backtest has run"
        raise NotFoundError(thing, next_step="`arb backtest` runs one over the prices in the lake.")
    return Backtest(
        generated_at=report.generated_at,
        first=report.scope.first,
        last=report.scope.last,
        horizon_days=report.scope.horizon,
        groups=[
            BacktestGroup(
                name=group.name,
                rows=group.rows,
                products=group.products,
                forecast_margin_percentage=group.forecast_median / 100,
                realised_margin_percentage=group.realised_median / 100,
                in_profit=group.in_profit,
                profit=dollars(group.profit_cents),
                realised_profit=dollars(group.realised_profit_cents),
            )
            for group in report.groups
        ],
        report=report.model_dump(mode="json", exclude={"generated_at", "report"}),
    ).model_dump_json()


def rejections(given: str, start: int, limit: int) -> str:
    """A page of the rejected records that filters leave, and how many there are by reason."""
    from arb_pipeline.services.quarantine_page import RejectionFilters, page

    return page(own_settings(), RejectionFilters.model_validate_json(given), start, limit).model_dump_json()


def rejection(rejection_id: str) -> str:
    """The source and day of a rejected record."""
    from arb_pipeline.services.quarantine_page import find

    return find(own_settings(), rejection_id).model_dump_json()


def parameter_effect(text: str) -> str:
    """The newest day's list with another value of a parameter; `text`: the request as JSON."""
    from arb_pipeline.api.models.previews import ParameterEffect, ParameterPreviewRequest
    from arb_pipeline.services.previews import preview_parameter

    body = ParameterPreviewRequest.model_validate_json(text)
    with own_engine().connect() as connection:
        preview = preview_parameter(
            own_settings(), connection, group=body.group, key=body.key, value=body.value
        )
    return ParameterEffect(**preview.model_dump()).model_dump_json()
