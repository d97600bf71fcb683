"""Opportunities as a service: which one a text denotes, and amounts. Pipeline tests write to a database."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from arb_pipeline.contracts.errors import InvalidInputError
from arb_pipeline.core.opportunities.transitions import ActRefusedError
from arb_pipeline.services import opportunities as service
from arb_pipeline.services.catalogue import SeveralMatchesError

NOW = datetime(2025, 10, 2, tzinfo=UTC)
FOUND = (
    ("a1", "a", "Box", "executed"),
    ("a2", "a", "Box", "active"),
    ("b1", "b", "Box Case", "executed"),
)


class TestResolve:
    """Opportunity that a text denotes."""

    @pytest.fixture
    def among(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Resolves `box` among the rows given."""

        def resolved(act: service.Act, *rows: tuple[str, ...]) -> str:
            names = ("opportunity_id", "product_id", "name", "status")
            frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
            frame = frame.with_columns(set_code=pl.lit("tst"), opened_on=pl.lit(date(2025, 10, 1)))
            frame = frame.with_columns(execution_quantity=2 * (pl.col("status") == "executed").cast(pl.Int64))
            monkeypatch.setattr(service.store, "find", lambda *_: frame)
            return service.resolve(None, "box", act)  # type: ignore[arg-type]

        return resolved

    def test_the_one_in_a_state_that_allows_the_act(self, among: Any) -> None:
        assert among("execute", *FOUND) == "a2"
        assert among("result", *FOUND[:2]) == "a1"

    def test_of_one_products_the_active_one(self, among: Any) -> None:
        assert among("note", *FOUND[:2]) == "a2"
        assert among("show", *FOUND[:2]) == "a2"

    @pytest.mark.parametrize("act", ["result", "note", "show"])
    def test_several_products_are_an_error_with_candidates(self, among: Any, act: service.Act) -> None:
        with pytest.raises(SeveralMatchesError) as refused:
            among(act, *FOUND)
        text = str(refused.value)
        assert "opportunities are called 'box'; name one, or give its id:" in text
        assert "  Box Case (tst)  executed, opened 2025-10-01  b1" in text.splitlines()
        candidates = refused.value.fields()["candidates"]
        assert {"label": "Box Case (tst)  executed, opened 2025-10-01", "id": "b1"} in candidates

    def test_none_in_a_state_that_allows_the_act(self, among: Any) -> None:
        with pytest.raises(SeveralMatchesError, match="None of the opportunities called 'box' is active:"):
            among("cancel", FOUND[0], FOUND[2])

    def test_the_only_one_in_another_state_is_refused_with_advice(self, among: Any) -> None:
        with pytest.raises(ActRefusedError, match="Box is executed: execute needs one that is active"):
            among("execute", FOUND[0])

    @pytest.mark.parametrize("text", ["", "  "])
    def test_a_blank_name_is_no_name(self, text: str) -> None:
        with pytest.raises(InvalidInputError, match="The name is empty"):
            service.resolve(None, text)  # type: ignore[arg-type]


class TestAmounts:
    """Dollars become cents without rounding."""

    @pytest.mark.parametrize("amount", ["0.001", "1e3000000", "NaN", "Infinity", "-Infinity", "1e15"])
    def test_an_amount_that_is_no_whole_number_of_cents_is_refused(self, amount: str) -> None:
        with pytest.raises(InvalidInputError) as refused:
            service.record_result(None, "o", Decimal(amount), now=NOW)  # type: ignore[arg-type]
        assert "two decimals" in str(refused.value)

    def test_a_blank_note_is_refused(self) -> None:
        with pytest.raises(InvalidInputError):
            service.note(None, "o", " \n", now=NOW)  # type: ignore[arg-type]
