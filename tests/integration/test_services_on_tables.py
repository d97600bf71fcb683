"""Services on a database: lists, one opportunity and its transitions, look-ups, exports. No terminal."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from lives import NOW, PRODUCTS, analyse, day, only, save

from arb_pipeline.contracts.choices import ExportFormat, ExportKind, ValuationSort
from arb_pipeline.contracts.enums import OpportunityEvent, OpportunityStatus
from arb_pipeline.contracts.errors import InvalidInputError, NotEnoughDataError, NotFoundError
from arb_pipeline.core.opportunities.transitions import ActRefusedError
from arb_pipeline.services import catalogue, exports, opportunities, opportunity_list, valuations
from arb_pipeline.services.catalogue import SeveralMatchesError


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Three products of one set; the box is open at $80.00 for $100.00, the deck is valued, not published."""
    with engine.begin() as connection:
        save(connection)
        analyse(connection, 0, box=8000, deck=None)
        yield connection


class TestCatalogue:
    """Products by id, name, or words of name and set."""

    def test_a_product_is_resolved_by_id_exact_name_part_and_words(self, connection: sa.Connection) -> None:
        for text in (PRODUCTS["box"], PRODUCTS["box"].upper(), "test box", "Box", "tst box", "box tst test"):
            assert catalogue.resolve(connection, text).name == "Test box"

    def test_several_are_refused_with_all_candidates(self, connection: sa.Connection) -> None:
        with pytest.raises(SeveralMatchesError, match="3 products are called 'test'") as refused:
            catalogue.resolve(connection, "test")
        assert {id_ for _, id_ in refused.value.candidates} == set(PRODUCTS.values())

    @pytest.mark.parametrize("text", ["tin box", "mh3 box", "Black Lotus", "%", "_"])
    def test_an_unknown_name_is_not_found(self, connection: sa.Connection, text: str) -> None:
        with pytest.raises(NotFoundError):
            catalogue.resolve(connection, text)

    def test_without_products_the_command_that_loads_them_is_named(self, engine: sa.Engine) -> None:
        with engine.connect() as connection, pytest.raises(NotEnoughDataError, match="arb run"):
            catalogue.resolve(connection, "box")


class TestLists:
    """Opportunities and valuations of a day."""

    def test_active_opportunities_with_the_newest_analysed_day(self, connection: sa.Connection) -> None:
        result = opportunity_list.listed(connection)
        assert (result.as_of, result.status) == (day(0), OpportunityStatus.ACTIVE)
        (row,) = result.opportunities
        assert (row.name, row.sealed_price, row.profit) == ("Test box", Decimal("80.00"), Decimal("20.00"))
        assert row.margin_percentage == Decimal("25.00")  # 20 / 80

    def test_what_is_worth_selling_on_closed_is_listed_by_return(self, connection: sa.Connection) -> None:
        analyse(connection, 1, box=8000, deck=None, tin=5000)
        resale = {"box": "100.00", "deck": "120.00", "tin": "65.00"}
        for name, value in resale.items():
            flags = "{}" if name == "deck" else "{presale,worth_closed}"
            connection.execute(
                sa.text(
                    f"UPDATE sealed_valuations SET resale_value = {value}, flags = '{flags}'"
                    f" WHERE product_id = '{PRODUCTS[name]}'"
                )
            )
        result = valuations.closed(connection)
        # 65 / 50 = 1.30 before 100 / 80 = 1.25; the deck does not carry the flag.
        assert [row.name for row in result] == ["Test tin", "Test box"]
        assert valuations.closed(connection, day=day(0))[0].name == "Test box"

    def test_no_opportunity_of_another_state_or_game(self, connection: sa.Connection) -> None:
        expired = opportunity_list.listed(connection, status=OpportunityStatus.EXPIRED)
        assert (expired.opportunities, expired.as_of) == ((), day(0))

    def test_before_any_analysis_there_is_no_day(self, engine: sa.Engine) -> None:
        with engine.connect() as connection:
            assert opportunity_list.listed(connection).as_of is None
            assert valuations.listed(connection).as_of is None

    def test_valuations_hold_the_unpublished_too(self, connection: sa.Connection) -> None:
        result = valuations.listed(connection, sort=ValuationSort.MARGIN)
        # 100.00 - 99.50 = 0.50 of 99.50: 0.50 %
        assert [(row.name, row.published, row.margin_percentage) for row in result.valuations] == [
            ("Test box", True, Decimal("25.00")),
            ("Test deck", False, Decimal("0.50")),
        ]
        assert len(valuations.listed(connection, min_margin=0.51).valuations) == 1
        assert valuations.listed(connection, set_code="mh3").valuations == ()
        with pytest.raises(NotEnoughDataError, match=f"nothing was analysed on {day(1)}; .* is {day(0)}"):
            valuations.listed(connection, day=day(1))


class TestTransitions:
    """Each returns the opportunity as it is afterwards."""

    def test_a_purchase_with_its_result(self, connection: sa.Connection) -> None:
        picked = opportunities.resolve(connection, "box", "execute")
        view = opportunities.execute(
            connection, picked, quantity=3, price=Decimal("85.50"), result=Decimal(290), now=NOW
        )
        # 3 x 85.50 = 256.50; 3 x 100.00 = 300.00; 290.00 - 256.50 = 33.50, 10.00 less than forecast
        assert (view.status, view.execution_quantity) == (OpportunityStatus.EXECUTED, 3)
        assert (view.spent, view.forecast_profit) == (Decimal("256.50"), Decimal("43.50"))
        assert (view.realised_profit, view.error) == (Decimal("33.50"), Decimal("-10.00"))
        results = opportunities.results(connection)
        assert (results.purchases, results.results, results.mean_error) == (1, 1, Decimal("-10.00"))
        assert [event.event for event in opportunities.events(connection, picked)] == [
            OpportunityEvent.OPENED,
            OpportunityEvent.EXECUTED,
            OpportunityEvent.REALISED,
        ]
        with pytest.raises(ActRefusedError, match="is executed"):
            opportunities.resolve(connection, "box", "cancel")

    def test_a_price_with_a_fraction_of_a_cent_changes_nothing(self, connection: sa.Connection) -> None:
        picked = only(connection)
        with pytest.raises(InvalidInputError, match="two decimals"):
            opportunities.execute(connection, picked, quantity=1, price=Decimal("85.505"), now=NOW)
        assert opportunities.show(connection, picked).status == OpportunityStatus.ACTIVE

    def test_a_note_is_an_event_and_a_cancelled_one_stays_closed(self, connection: sa.Connection) -> None:
        picked = only(connection)
        opportunities.note(connection, picked, "sold out", now=NOW)
        assert opportunities.cancel(connection, picked, now=NOW).status == OpportunityStatus.CANCELLED
        shown = opportunities.show(connection, picked)
        assert [event.why for event in shown.events[1:]] == ["sold out", "cancelled"]
        with pytest.raises(ActRefusedError):
            opportunities.cancel(connection, picked, now=NOW)

    def test_cleanup_expires_what_is_overdue_of_the_product(self, connection: sa.Connection) -> None:
        late = NOW + timedelta(days=365)
        assert opportunities.cleanup(connection, now=late, product_id=PRODUCTS["deck"]) == ()
        (expired,) = opportunities.cleanup(connection, now=late)
        assert (expired.name, expired.as_of) == ("Test box", day(0))
        assert opportunities.cleanup(connection, now=late) == ()

    def test_a_product_that_never_was_one_is_distinguished_from_an_unknown_name(
        self, connection: sa.Connection
    ) -> None:
        with pytest.raises(NotFoundError, match="never an opportunity"):
            opportunities.resolve(connection, "deck")
        with pytest.raises(NotFoundError, match="no sealed product the name"):
            opportunities.resolve(connection, "Black Lotus")


class TestExports:
    """Files with the rows of the tables."""

    def test_each_format_has_the_same_rows(self, connection: sa.Connection, tmp_path: Path) -> None:
        prices = []
        for chosen in ExportFormat:
            path = tmp_path / f"out.{chosen}"
            done = exports.export(connection, ExportKind.VALUATIONS, path)
            assert (done.rows, done.format, done.path) == (2, chosen, path)
            match chosen:
                case ExportFormat.CSV:
                    result = pl.read_csv(path)["sealed_price"].to_list()
                case ExportFormat.JSON:
                    result = [row["sealed_price"] for row in json.loads(path.read_text())]
                case ExportFormat.PARQUET:
                    result = [float(price) for price in pl.read_parquet(path)["sealed_price"]]
            prices.append(sorted(result))
        assert prices == [[80.0, 99.5]] * 3

    def test_what_cannot_be_written_is_refused_before_anything_is_read(self, tmp_path: Path) -> None:
        for path, kind, of_day in (
            (tmp_path / "out.xlsx", ExportKind.VALUATIONS, None),
            (tmp_path / "no/out.csv", ExportKind.VALUATIONS, None),
            (tmp_path / "out.csv", ExportKind.OPPORTUNITIES, day(0)),
        ):
            with pytest.raises(InvalidInputError):
                exports.check(kind, path, day=of_day)
        assert list(tmp_path.iterdir()) == []
