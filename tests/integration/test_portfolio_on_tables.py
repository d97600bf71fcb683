"""A purchase of two boxes, one opened and one resold unopened, on a real database; every number worked by hand."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from lives import NOW, analyse, events, only, rows, save

from arb_pipeline.access.audit import COMMAND_LINE, Actor
from arb_pipeline.access.users import create_user
from arb_pipeline.contracts.errors import ConflictError, InvalidInputError, NotFoundError
from arb_pipeline.core.opportunities.transitions import ActRefusedError
from arb_pipeline.services import corrections, opportunities, portfolio, purchases
from arb_pipeline.services.catalogue import SeveralMatchesError
from arb_pipeline.services.corrections import Correction
from arb_pipeline.services.order_import import import_orders
from arb_pipeline.services.purchases import Sale
from arb_pipeline.settings import Settings
from arb_pipeline.storage.params import parameters
from arb_pipeline.storage.postgres import opportunities as store
from arb_pipeline.storage.postgres import tables

BOLT, FOREST = UUID(int=9), UUID(int=10)
PARAMS = parameters(date(2025, 11, 1))
FIGURES = """
    UPDATE arbitrage_opportunities SET outcome_mean = 100, outcome_sd = 20, contents_sd = 12, price_sd = 16,
        p5 = 75, p50 = 98, p95 = 140, p_profit = 0.8125, horizon_days = 14, quick_sale_value = 88,
        sealed_source = 'ebay', sealed_list_price = 74.5, sealed_quantity = :pieces
"""
ORDERS = (
    "Order Number,Buyer Username,Buyer Name,Buyer Email,Ship To Address 1,Item Title,Quantity,Sold For,Sale Date\n"
    "A-1,fan77,Ada Lovelace,ada@example.com,1 Byron St,Lightning Bolt NM,1,$30.00,2025-11-02\n"
    "A-2,fan78,Bob Moss,bob@example.com,2 Fern St,Test box factory sealed,1,$120.00,2025-11-03\n"
    "A-3,fan79,Cy Young,cy@example.com,3 Ball St,Shock,1,$2.00,2025-11-03\n"
)


@pytest.fixture
def connection(engine: sa.Engine) -> Any:
    """The box opened at $80.00 for $100.00, two pieces on offer; one Bolt and ten Forests are in each."""
    with engine.begin() as connection:
        save(connection)
        for key, name in ((BOLT, "Lightning Bolt"), (FOREST, "Forest")):
            single = {"id": key, "name": name, "product_type": "single", "category": "mtg", "set_code": "tst"}
            connection.execute(sa.insert(tables.products).values(single))
        box = UUID(int=1)
        inside = {"sealed_product_id": box, "guaranteed": True, "expected_copies": 1}
        for key, copies in ((BOLT, 1), (FOREST, 10)):
            line = inside | {"single_product_id": key, "quantity": copies, "expected_copies": copies}
            connection.execute(sa.insert(tables.product_singles).values(line))
        analyse(connection, 0, box=8000)
        connection.execute(sa.text(FIGURES), {"pieces": 2})
        card = {"product_id": box, "as_of": date(2025, 10, 1), "rank": 1, "single_product_id": BOLT}
        card |= {"printing": "normal", "is_foil": False, "expected_copies": 1, "price": "30.00"}
        card |= {"net": "25.00", "channel": "tcgplayer", "value": "25.00", "value_share": "0.25"}
        connection.execute(sa.insert(tables.valuation_singles).values(card))
        yield connection


@pytest.fixture
def ada(connection: sa.Connection) -> Actor:
    return Actor(user_id=create_user(connection, COMMAND_LINE, "ada", "buyer"))


@pytest.fixture
def bob(connection: sa.Connection) -> Actor:
    return Actor(user_id=create_user(connection, COMMAND_LINE, "bob", "buyer"))


def buy(
    connection: sa.Connection, actor: Actor, quantity: int = 2, price: str = "80.00", at: datetime = NOW
) -> str:
    result = only(connection)
    store.execute(
        connection,
        result,
        quantity=quantity,
        price_cents=int(Decimal(price) * 100),
        now=at,
        buyer_id=actor.user_id,
        parameters=purchases.kept_parameters(PARAMS),
    )
    return portfolio.resolve(connection, "box", buyer_id=actor.user_id)


def sell(connection: sa.Connection, actor: Actor, purchase: str, **sale: Any) -> str:
    return purchases.record_sale(connection, actor, purchase, Sale(**sale), now=NOW, params=PARAMS)


def dollars(*texts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, texts))


class TestPurchases:
    """Rows of their own; the opportunity stays the market's."""

    def test_keeps_forecast_prices_and_parameters_of_the_moment(
        self, connection: sa.Connection, ada: Actor
    ) -> None:
        view = portfolio.purchase(connection, buy(connection, ada))
        # 2 x 80 = 160; 2 x 100 - 160 = 40. sqrt(2 x 12^2 + 2^2 x 16^2) = 36.2215; 1.644854 x that = 59.58.
        assert (view.spent, view.forecast_value, view.forecast_profit) == dollars("160", "200", "40")
        assert (view.forecast_low, view.forecast_high) == dollars("-19.58", "99.58")
        # P(more than 160) = 1 - Phi(-40 / 36.2215) = 1 - Phi(-1.10432) = 0.8653.
        assert view.p_profit == pytest.approx(0.8653, abs=1e-4)
        assert view.forecast is not None
        assert (view.forecast.quick_sale_value, view.forecast.horizon_days) == (Decimal(88), 14)
        kept = connection.execute(sa.text("SELECT forecast FROM purchases")).scalar_one()
        assert kept["cards"] == [
            {
                "single_product_id": str(BOLT),
                "printing": "normal",
                "expected_copies": 1.0,
                "price_cents": 3000,
                "net_cents": 2500,
                "channel": "tcgplayer",
            }
        ]
        assert (kept["sealed_source"], kept["sealed_list_price_cents"]) == ("ebay", 7450)
        assert kept["parameters"]["channels"]["tcgplayer"]["commission"] == 1075
        assert len(kept["parameters"]["sha256"]) == 64

    def test_several_buyers_until_the_offer_is_sold_out(
        self, connection: sa.Connection, ada: Actor, bob: Actor
    ) -> None:
        buy(connection, ada, 1, "80.00")
        (row,) = rows(connection)
        assert (row["status"], row["execution_quantity"]) == ("active", 1)
        buy(connection, bob, 1, "81.01")
        (row,) = rows(connection)
        # (80.00 + 81.01) / 2 = 80.505, and what was paid in all is exact.
        assert (row["status"], row["execution_quantity"]) == ("executed", 2)
        assert store.one(connection, only(connection))["spent_cents"][0] == 16101
        assert events(connection) == ["opened", "executed", "executed"]
        with pytest.raises(ActRefusedError, match="Test box is executed"):
            buy(connection, ada, 1)

    def test_more_than_the_offer_has_is_refused(self, connection: sa.Connection, ada: Actor) -> None:
        with pytest.raises(ActRefusedError, match="has 2 pieces left: a purchase of 3"):
            buy(connection, ada, 3)
        assert events(connection) == ["opened"]

    def test_a_confirmation_states_the_offer_anew(self, connection: sa.Connection, ada: Actor) -> None:
        buy(connection, ada, 1)
        analyse(connection, 1, box=8000)
        connection.execute(sa.text(FIGURES), {"pieces": 1})
        buy(connection, ada, 1)
        (row,) = rows(connection)
        assert (row["status"], row["execution_quantity"]) == ("executed", 2)

    def test_an_offer_of_no_stated_quantity_is_sold_out_by_its_first_purchase(
        self, connection: sa.Connection, ada: Actor
    ) -> None:
        connection.execute(sa.text(FIGURES), {"pieces": None})
        buy(connection, ada, 5)
        assert rows(connection)[0]["status"] == "executed"

    def test_one_that_expires_keeps_its_purchase_and_takes_its_result(
        self, connection: sa.Connection, ada: Actor
    ) -> None:
        buy(connection, ada, 1)
        analyse(connection, 1, box=None)
        assert rows(connection)[0]["status"] == "expired"
        view = opportunities.record_result(connection, only(connection), Decimal("95.00"), now=NOW)
        assert (view.realised_profit, view.realised_value) == dollars("15", "95")


def correct(connection: sa.Connection, actor: Actor, purchase: str, **fields: Any) -> None:
    corrections.correct(connection, actor, purchase, Correction(**fields), now=NOW)


class TestCorrections:
    """A purchase that was mistyped; every figure follows, the forecast stays."""

    def test_price_quantity_day_and_notes(self, connection: sa.Connection, ada: Actor) -> None:
        bought = buy(connection, ada)
        day = date(2025, 10, 30)
        correct(connection, ada, bought, quantity=1, price=Decimal("85.50"), purchased_on=day, notes="one")
        view = portfolio.purchase(connection, bought)
        assert (view.quantity, view.price, view.spent) == (1, *dollars("85.50", "85.50"))
        # The forecast is of the moment still: $100.00 of one piece less $85.50.
        assert (view.forecast_value, view.forecast_profit) == dollars("100", "14.50")
        assert (view.purchased_at.date(), view.notes) == (day, None)
        correct(connection, ada, bought, notes="one", replaces_notes=True)
        assert portfolio.purchase(connection, bought).notes == "one"
        (row,) = rows(connection)
        # Of two pieces one is left: the opportunity can be bought again, had it not expired.
        assert (row["status"], row["execution_quantity"]) == ("expired", 1)
        assert row["execution_price"] == Decimal("85.50")
        assert events(connection) == ["opened", "executed", "corrected", "corrected"]

    def test_a_lower_quantity_opens_it_again_and_a_higher_one_ends_it(
        self, connection: sa.Connection, ada: Actor
    ) -> None:
        connection.execute(sa.text("UPDATE arbitrage_opportunities SET expires_at = NULL"))
        bought = buy(connection, ada)
        correct(connection, ada, bought, quantity=1)
        assert rows(connection)[0]["status"] == "active"
        correct(connection, ada, bought, quantity=2)
        assert rows(connection)[0]["status"] == "executed"

    def test_no_more_than_is_offered_and_no_fewer_than_are_sold(
        self, connection: sa.Connection, ada: Actor, bob: Actor
    ) -> None:
        bought = buy(connection, ada, 1)
        buy(connection, bob, 1)
        with pytest.raises(ActRefusedError, match="has 1 piece left: a purchase of 2"):
            correct(connection, ada, bought, quantity=2)
        with pytest.raises(NotFoundError):
            correct(connection, bob, bought, price=Decimal(1))

    def test_a_quantity_is_corrected_down_to_what_is_sold(
        self, connection: sa.Connection, ada: Actor
    ) -> None:
        connection.execute(sa.text(FIGURES), {"pieces": 3})
        bought = buy(connection, ada, 3)
        sell(connection, ada, bought, proceeds=Decimal(180), kind="sealed", quantity=2)
        with pytest.raises(ConflictError, match="2 pieces of the purchase"):
            correct(connection, ada, bought, quantity=1)
        correct(connection, ada, bought, quantity=2)
        view = portfolio.purchase(connection, bought)
        # Both are sold: $180.00 - 2 x $80.00.
        assert (view.is_final, view.realised_profit) == (True, Decimal(20))
        assert rows(connection)[0]["realised_value"] == Decimal(180)
        correct(connection, ada, bought, quantity=3)
        assert not portfolio.purchase(connection, bought).is_final
        assert rows(connection)[0]["realised_value"] is None

    @pytest.mark.parametrize("day", [date(2025, 9, 30), date(2025, 11, 2)])
    def test_a_day_before_the_opportunity_or_after_today_is_refused(
        self, connection: sa.Connection, ada: Actor, day: date
    ) -> None:
        bought = buy(connection, ada)
        with pytest.raises(InvalidInputError, match="a day from 2025-10-01"):
            correct(connection, ada, bought, purchased_on=day)


class TestRemovals:
    """Removed purchases and sales count nowhere, and are kept with their reason."""

    def test_a_purchase_leaves_the_opportunity_as_it_was(self, connection: sa.Connection, ada: Actor) -> None:
        connection.execute(sa.text("UPDATE arbitrage_opportunities SET expires_at = NULL"))
        before = rows(connection)[0]
        bought = buy(connection, ada)
        corrections.remove(connection, ada, bought, "typed twice", now=NOW)
        after = rows(connection)[0]
        assert {name: after[name] for name in after if before[name] != after[name]}.keys() <= {"updated_at"}
        assert portfolio.portfolio(connection).purchases == 0
        assert store.purchases(connection).is_empty()
        kept = connection.execute(sa.text("SELECT * FROM removed_entries")).mappings().one()
        assert (str(kept["id"]), kept["kind"], kept["reason"]) == (bought, "purchase", "typed twice")
        assert (kept["entry"]["quantity"], kept["entry"]["forecast"]["p95_cents"]) == (2, 14000)
        why = sa.text("SELECT details ->> 'why' FROM opportunity_events WHERE event = 'corrected'")
        assert connection.scalar(why) == "purchase of 2 at $80.00 removed: typed twice"

    def test_a_purchase_of_an_older_day_does_not_revive_it_beside_a_newer_one(
        self, connection: sa.Connection, ada: Actor
    ) -> None:
        connection.execute(sa.text("UPDATE arbitrage_opportunities SET expires_at = NULL"))
        bought = buy(connection, ada)
        analyse(connection, 1, box=8000)
        corrections.remove(connection, ada, bought, "never sent", now=NOW)
        assert [row["status"] for row in rows(connection)] == ["expired", "active"]

    def test_others_purchases_stay(self, connection: sa.Connection, ada: Actor, bob: Actor) -> None:
        bought = buy(connection, ada, 1, "80.00")
        buy(connection, bob, 1, "90.00")
        corrections.remove(connection, ada, bought, "typed twice", now=NOW)
        (row,) = rows(connection)
        assert (row["execution_quantity"], row["execution_price"]) == (1, Decimal(90))

    def test_sales_go_first_and_an_ended_purchase_is_open_again(
        self, connection: sa.Connection, ada: Actor
    ) -> None:
        bought = buy(connection, ada)
        first = sell(connection, ada, bought, proceeds=Decimal(90), kind="sealed", quantity=1)
        last = sell(connection, ada, bought, proceeds=Decimal(70), kind="whole", quantity=1)
        assert rows(connection)[0]["realised_value"] == Decimal(160)
        with pytest.raises(ConflictError, match="has 2 recorded sales"):
            corrections.remove(connection, ada, bought, "typed twice", now=NOW)
        assert corrections.remove_sale(connection, ada, last, "sent back", now=NOW) == bought
        view = portfolio.purchase(connection, bought)
        assert (view.is_final, view.pieces_left, view.proceeds) == (False, 1, Decimal(90))
        assert rows(connection)[0]["realised_value"] is None
        corrections.remove_sale(connection, ada, first, "sent back", now=NOW)
        corrections.remove(connection, ada, bought, "never bought", now=NOW)
        assert portfolio.portfolio(connection).purchases == 0
        kinds = connection.scalars(sa.text("SELECT kind FROM removed_entries ORDER BY kind")).all()
        assert kinds == ["purchase", "sale", "sale"]

    def test_an_earlier_sale_of_cards_changes_the_result_and_not_that_it_is_final(
        self, connection: sa.Connection, ada: Actor
    ) -> None:
        bought = buy(connection, ada)
        first = sell(connection, ada, bought, proceeds=Decimal(90))
        sell(connection, ada, bought, proceeds=Decimal(110), is_final=True)
        corrections.remove_sale(connection, ada, first, "not of this box", now=NOW)
        view = portfolio.purchase(connection, bought)
        # $110.00 - 2 x $80.00.
        assert (view.is_final, view.realised_profit) == (True, Decimal(-50))
        assert rows(connection)[0]["realised_value"] == Decimal(110)

    def test_anothers_are_not_found(self, connection: sa.Connection, ada: Actor, bob: Actor) -> None:
        bought = buy(connection, ada)
        sale = sell(connection, ada, bought, proceeds=Decimal(90))
        with pytest.raises(NotFoundError):
            corrections.remove(connection, bob, bought, "x", now=NOW)
        with pytest.raises(NotFoundError, match="sale"):
            corrections.remove_sale(connection, bob, sale, "x", now=NOW)
        with pytest.raises(InvalidInputError):
            corrections.remove_sale(connection, ada, sale, " ", now=NOW)


class TestTwoBoxes:
    """One opened and sold as singles, one resold unopened, with the fees of the parameters."""

    def test_worked_by_hand(self, connection: sa.Connection, ada: Actor) -> None:
        bought = buy(connection, ada)
        analyse(connection, 1, box=8000)  # still worth 100.00 a piece
        # 30.00 at TCGplayer: 10.75 % 3.225, 2.5 % 0.75, order 0.30, tracked above 20.00 5.50 = 9.775: 20.225.
        one = {"kind": "singles", "quantity": 1, "single_product_id": str(BOLT)}
        sell(connection, ada, bought, gross=Decimal(30), channel="tcgplayer", **one)
        # 120.00 at eBay: 13.25 % 15.90, order 0.40, parcel 7.33 = 23.63: 96.37.
        sell(connection, ada, bought, gross=Decimal(120), channel="ebay", kind="sealed", quantity=1)
        view = portfolio.purchase(connection, bought)
        assert [(sale.fees, sale.proceeds) for sale in view.sales] == [
            dollars("9.77", "20.23"),
            dollars("23.63", "96.37"),
        ]
        # Of the forecast of 200 the Bolt is 25 and a box 100: 75 of 200 are left, of today's 200 that is 75.
        assert (view.pieces_left, view.proceeds, view.unsold_value) == (1, *dollars("116.60", "75"))
        assert view.unrealised_profit == Decimal("31.60")  # 116.60 + 75 - 160
        assert (view.is_final, view.realised_profit) == (False, None)
        # The other cards of the opened box, sold whole.
        sell(connection, ada, bought, proceeds=Decimal(70), kind="whole")
        view = portfolio.purchase(connection, bought)
        # 186.60 - 160 = 26.60; 13.40 less than the forecast's 40. A box sold closed tests no forecast.
        assert (view.is_final, view.pieces_left, view.realised_profit) == (True, 0, Decimal("26.60"))
        assert (view.error, view.within, view.pit) == (Decimal("-13.40"), None, None)
        assert rows(connection)[0]["realised_value"] == Decimal("186.60")
        whole = portfolio.portfolio(connection, buyer_id=ada.user_id)
        assert (whole.realised_profit, whole.realised_forecast_profit) == dollars("26.60", "40")
        assert whole.realised_return == pytest.approx(26.60 / 160)
        assert (whole.calibration.purchases, whole.calibration.not_comparable) == (0, 1)

    def test_opened_both_the_result_tests_the_forecast(self, connection: sa.Connection, ada: Actor) -> None:
        bought = buy(connection, ada)
        sell(connection, ada, bought, proceeds=Decimal(200), is_final=True)
        view = portfolio.purchase(connection, bought)
        assert (view.realised_profit, view.error, view.within) == (*dollars("40", "0"), True)
        assert view.pit == pytest.approx(0.5)
        trust = portfolio.portfolio(connection).calibration
        assert (trust.purchases, trust.within, trust.profits) == (1, 1, 1)
        (outcome,) = portfolio.outcomes(connection)
        assert (outcome.made_profit, outcome.is_within) == (True, True)

    def test_nothing_more_is_sold_of_a_final_purchase_and_no_more_pieces_than_there_are(
        self, connection: sa.Connection, ada: Actor
    ) -> None:
        bought = buy(connection, ada)
        with pytest.raises(ConflictError, match="2 of 2 pieces left"):
            sell(connection, ada, bought, proceeds=Decimal(1), kind="sealed", quantity=3)
        sell(connection, ada, bought, proceeds=Decimal(200), kind="sealed", quantity=2)
        with pytest.raises(ConflictError, match="is final"):
            sell(connection, ada, bought, proceeds=Decimal(1))

    @pytest.mark.parametrize(
        ("sale", "message"),
        [
            ({"gross": Decimal(5), "channel": "flea market"}, "flea market"),
            ({"gross": Decimal(5), "channel": "cardmarket"}, "cardmarket"),
            ({"gross": Decimal(5)}, "channel"),
            ({}, "proceeds"),
            ({"proceeds": Decimal(5), "sold_on": date(2025, 11, 3)}, "sold_on"),
        ],
    )
    def test_a_sale_that_cannot_be_is_refused(
        self, connection: sa.Connection, ada: Actor, sale: dict[str, Any], message: str
    ) -> None:
        bought = buy(connection, ada)
        with pytest.raises(InvalidInputError, match=message):
            sell(connection, ada, bought, **sale)
        assert connection.scalar(sa.text("SELECT count(*) FROM sales")) == 0

    def test_a_total_is_corrected_by_the_difference(self, connection: sa.Connection, ada: Actor) -> None:
        bought = buy(connection, ada)
        sell(connection, ada, bought, proceeds=Decimal(50))
        result = only(connection)
        opportunities.record_result(connection, result, Decimal("180.00"), now=NOW)
        opportunities.record_result(connection, result, Decimal("170.50"), now=NOW + timedelta(days=1))
        view = portfolio.purchase(connection, bought)
        assert [(sale.kind, sale.proceeds) for sale in view.sales] == [
            ("singles", Decimal(50)),
            ("correction", Decimal(130)),
            ("correction", Decimal("-9.50")),
        ]
        assert (view.proceeds, view.realised_profit) == dollars("170.50", "10.50")
        assert rows(connection)[0]["realised_value"] == Decimal("170.50")


class TestOwners:
    """A buyer sees and sells what is theirs."""

    def test_of_another_is_not_found(self, connection: sa.Connection, ada: Actor, bob: Actor) -> None:
        bought = buy(connection, ada)
        with pytest.raises(NotFoundError):
            sell(connection, bob, bought, proceeds=Decimal(1))
        with pytest.raises(NotFoundError):
            portfolio.purchase(connection, bought, buyer_id=bob.user_id)
        with pytest.raises(ConflictError, match="no purchase of it is yours"):
            purchases.find_purchase(connection, bob, only(connection))
        assert portfolio.portfolio(connection, buyer_id=bob.user_id).purchases == 0
        assert portfolio.portfolio(connection).purchases == 1

    def test_resolved_by_id_name_and_the_oldest_open_first(
        self, connection: sa.Connection, ada: Actor
    ) -> None:
        first = buy(connection, ada, 1)
        buy(connection, ada, 1, at=NOW + timedelta(minutes=1))
        for text in ("box", "TEST BOX", first, first.upper()):
            assert portfolio.resolve(connection, text) == first
        sell(connection, ada, first, proceeds=Decimal(1), is_final=True)
        assert portfolio.resolve(connection, "box") != first
        assert portfolio.resolve(connection, first) == first
        with pytest.raises(NotFoundError, match="with something to sell"):
            portfolio.resolve(connection, first, is_open=True)
        with pytest.raises(NotFoundError):
            portfolio.resolve(connection, "deck")

    def test_a_name_of_two_products_is_no_purchase(self, connection: sa.Connection, ada: Actor) -> None:
        buy(connection, ada, 1)
        analyse(connection, 0, box=8000, deck=6000)
        store.execute(connection, only(connection, "deck"), quantity=1, now=NOW, buyer_id=ada.user_id)
        with pytest.raises(SeveralMatchesError, match="2 purchases are called 'test'"):
            portfolio.resolve(connection, "test")


class TestImport:
    """A marketplace's order export."""

    @pytest.fixture
    def settings(self, open_home: Path) -> Settings:
        return Settings(home=open_home)

    @staticmethod
    def orders(folder: Path, text: str = ORDERS) -> Path:
        path = folder / "orders.csv"
        path.write_text(text, "utf-8")
        return path

    @staticmethod
    def load(connection: sa.Connection, settings: Settings, actor: Actor, path: Path, **more: Any) -> Any:
        now: datetime = NOW + timedelta(days=3)
        return import_orders(connection, settings, actor, path, channel="tcgplayer", now=now, **more)

    def test_records_what_is_matched_and_lists_the_rest(
        self, connection: sa.Connection, ada: Actor, settings: Settings, tmp_path: Path
    ) -> None:
        bought = buy(connection, ada)
        result = self.load(connection, settings, ada, self.orders(tmp_path))
        # The Bolt nets 20.23 as above; a box of 120.00: 12.90 + 3.00 + 0.30 + 7.33 = 23.53: 96.47.
        assert [(sale.kind, sale.proceeds) for sale in result.sales] == [
            ("singles", Decimal("20.23")),
            ("sealed", Decimal("96.47")),
        ]
        assert result.proceeds == Decimal("116.70")
        assert [(row.line, row.reason) for row in result.left_out] == [
            (4, "no open purchase holds this card")
        ]
        view = portfolio.purchase(connection, bought)
        assert (view.proceeds, view.pieces_left, view.sales[0].card) == (
            Decimal("116.70"),
            1,
            "Lightning Bolt",
        )

    def test_again_records_nothing(
        self, connection: sa.Connection, ada: Actor, settings: Settings, tmp_path: Path
    ) -> None:
        bought = buy(connection, ada)
        path = self.orders(tmp_path)
        self.load(connection, settings, ada, path)
        before = portfolio.purchase(connection, bought)
        again = self.load(connection, settings, ada, path)
        assert (again.sales, again.already) == ((), 2)
        assert portfolio.purchase(connection, bought) == before

    def test_a_later_export_adds_its_new_lines(
        self, connection: sa.Connection, ada: Actor, settings: Settings, tmp_path: Path
    ) -> None:
        buy(connection, ada)
        first = "".join(ORDERS.splitlines(keepends=True)[:2])
        self.load(connection, settings, ada, self.orders(tmp_path, first))
        result = self.load(connection, settings, ada, self.orders(tmp_path))
        assert ([sale.kind for sale in result.sales], result.already) == (["sealed"], 1)

    def test_a_trial_writes_nothing(
        self, connection: sa.Connection, ada: Actor, settings: Settings, tmp_path: Path
    ) -> None:
        buy(connection, ada)
        result = self.load(connection, settings, ada, self.orders(tmp_path), is_trial=True)
        assert (len(result.sales), result.is_recorded) == (2, False)
        assert connection.scalar(sa.text("SELECT count(*) FROM sales")) == 0

    def test_nothing_about_its_buyers_is_stored(
        self, connection: sa.Connection, ada: Actor, settings: Settings, tmp_path: Path
    ) -> None:
        buy(connection, ada)
        result = self.load(connection, settings, ada, self.orders(tmp_path))
        stored = "".join(
            str(text)
            for table in ("sales", "audit_log", "purchases")
            for text in connection.scalars(sa.text(f"SELECT t::text FROM {table} t"))
        )
        for secret in ("fan77", "Lovelace", "ada@example.com", "Byron", "A-1", "Buyer", "Ship"):
            assert secret not in stored
            assert secret not in result.model_dump_json()

    def test_no_more_than_was_bought(
        self, connection: sa.Connection, ada: Actor, settings: Settings, tmp_path: Path
    ) -> None:
        buy(connection, ada, 1)
        text = "Order ID,Name,Qty,Order Date,Net\n1,Lightning Bolt,3,2025-11-02,60.01\n"
        result = self.load(connection, settings, ada, self.orders(tmp_path, text))
        # One of three: 60.01 / 3 = 20.003.
        assert [(sale.quantity, sale.proceeds) for sale in result.sales] == [(1, Decimal("20.00"))]
        assert result.left_out[0].reason == "2 of 3 copies are more than were bought"

    def test_one_that_fails_midway_leaves_nothing(
        self, engine: sa.Engine, connection: sa.Connection, ada: Actor, settings: Settings, tmp_path: Path
    ) -> None:
        buy(connection, ada)
        connection.exec_driver_sql("ALTER TABLE sales ADD CONSTRAINT full_disk CHECK (kind <> 'sealed')")
        connection.commit()
        with pytest.raises(sa.exc.IntegrityError, match="full_disk"), engine.begin() as other:
            self.load(other, settings, ada, self.orders(tmp_path))
        with engine.connect() as after:
            assert after.scalar(sa.text("SELECT count(*) FROM sales")) == 0
            assert portfolio.portfolio(after).proceeds == 0

    def test_purchases_of_several_buyers_need_a_name(
        self, connection: sa.Connection, ada: Actor, bob: Actor, settings: Settings, tmp_path: Path
    ) -> None:
        buy(connection, ada, 1)
        buy(connection, bob, 1)
        with pytest.raises(InvalidInputError, match="--buyer NAME"):
            self.load(connection, settings, COMMAND_LINE, self.orders(tmp_path))
        result = self.load(connection, settings, bob, self.orders(tmp_path))
        assert {sale.product for sale in result.sales} == {"Test box"}
        assert portfolio.portfolio(connection, buyer_id=ada.user_id).proceeds == 0

    def test_an_unknown_channel_names_those_there_are(
        self, connection: sa.Connection, ada: Actor, settings: Settings, tmp_path: Path
    ) -> None:
        with pytest.raises(InvalidInputError, match="tcgplayer"):
            import_orders(connection, settings, ada, self.orders(tmp_path), channel="x", now=NOW)
