"""Execute, update, cancel, sales, portfolio; idempotency, If-Match, and two writers at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from seeds import BOUGHT_TIN, BOX, DECK, OPEN_BOX, OPEN_DECK

from arb_pipeline.api.models.opportunities import (
    Opportunity,
    OpportunityEventPage,
    OpportunityStats,
    Portfolio,
)
from arb_pipeline.services.portfolio import portfolio
from arb_pipeline.storage.postgres.tables import arbitrage_opportunities

BUY = {"quantity": 2, "price": "90.00"}
OWN_PURCHASES = "SELECT count(*) FROM purchases WHERE buyer_id IS NOT NULL"


def execute(client, opportunity=OPEN_BOX, body=BUY, **headers):
    return client.post(f"/api/v1/opportunities/{opportunity}/execute", json=body, headers=headers)


def test_executing_records_purchase_event_and_audit(buyer, admin):
    answer = execute(buyer, body=BUY | {"notes": "fair"})

    assert answer.status_code == 200, answer.text
    row = Opportunity.model_validate_json(answer.text)
    assert (row.status, row.execution_quantity, str(row.execution_price)) == ("executed", 2, "90.00")
    events = OpportunityEventPage.model_validate_json(
        buyer.get(f"/api/v1/opportunities/{OPEN_BOX}/events").text
    )
    assert [event.event for event in events.items] == ["opened", "executed"]
    entry = admin.get("/api/v1/audit?action=execute_opportunity").json()["items"][0]
    assert (entry["before"]["status"], entry["after"]["status"]) == ("active", "executed")
    assert entry["request_id"] == answer.headers["x-request-id"]
    assert entry["user_name"] == "of-buyer"


def test_a_purchase_is_in_the_buyers_portfolio_and_in_no_others(buyer, operator):
    execute(buyer)
    own = Portfolio.model_validate_json(buyer.get("/api/v1/portfolio").text)
    theirs = Portfolio.model_validate_json(operator.get("/api/v1/portfolio").text)

    # 2 x $90.00 spent; forecast 2 x $150.00 - $180.00; now worth 2 x $150.00.
    assert (str(own.spent), str(own.forecast_profit), str(own.current_value)) == (
        "180.00",
        "120.00",
        "300.00",
    )
    (purchase,) = own.items
    assert (purchase.product_id, purchase.forecast.p_profit) == (BOX, 0.98)
    assert theirs.purchases == 0


def test_sales_are_summed_and_the_final_one_gives_the_result(buyer):
    execute(buyer)
    path = f"/api/v1/opportunities/{OPEN_BOX}/sales"
    assert buyer.post(path, json={"proceeds": "100.00"}).status_code == 201
    assert buyer.post(path, json={"proceeds": "130.50", "is_final": True}).status_code == 201
    after_the_last = buyer.post(path, json={"proceeds": "1.00"})

    assert after_the_last.status_code == 409
    portfolio = buyer.get("/api/v1/portfolio").json()
    # $230.50 from $180.00.
    assert (portfolio["proceeds"], portfolio["realised_profit"]) == ("230.50", "50.50")
    assert portfolio["items"][0]["realised_profit"] == "50.50"
    assert buyer.get(f"/api/v1/opportunities/{OPEN_BOX}").json()["realised_value"] == "230.50"


def test_a_sale_without_a_purchase_of_ones_own_is_refused(buyer):
    answer = buyer.post(f"/api/v1/opportunities/{BOUGHT_TIN}/sales", json={"proceeds": "1.00"})

    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/quantity"),
        ({"quantity": 1}, "/price"),
        ({"quantity": 0, "price": "1.00"}, "/quantity"),
        ({"quantity": "2", "price": "1.00"}, "/quantity"),
        ({"quantity": 2, "price": 1.0}, "/price"),
        ({"quantity": 2, "price": "1.005"}, "/price"),
        ({"quantity": 2, "price": "-1"}, "/price"),
        ({"quantity": 2, "price": "1.00", "why": "x"}, "/why"),
        ({"quantity": 2, "price": "1.00", "notes": "\0"}, "/notes"),
        ({"quantity": 2, "price": "1.00", "notes": "x" * 501}, "/notes"),
    ],
)
def test_wrong_purchases_are_refused_with_a_pointer_and_nothing_is_written(buyer, seeded, body, pointer):
    answer = execute(buyer, body=body)

    assert answer.status_code == 422, answer.text
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}
    with seeded.connect() as connection:
        assert connection.exec_driver_sql(OWN_PURCHASES).scalar() == 0


def test_what_is_closed_or_expired_cannot_be_executed(buyer, seeded):
    assert execute(buyer, BOUGHT_TIN).status_code == 409
    with seeded.begin() as connection:
        past = datetime.now(UTC) - timedelta(minutes=1)
        connection.execute(sa.update(arbitrage_opportunities).values(expires_at=past))
    answer = execute(buyer)

    assert answer.status_code == 409
    assert "expired at" in answer.json()["detail"]


def test_two_buyers_at_once_give_one_success_and_one_conflict(buyer, operator):
    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(lambda client: execute(client).status_code, (buyer, operator)))

    assert statuses == [200, 409]


def offers(seeded, pieces):
    with seeded.begin() as connection:
        connection.execute(sa.update(arbitrage_opportunities).values(sealed_quantity=pieces))


def test_several_buyers_buy_of_one_offer_until_it_is_sold_out(buyer, operator, seeded):
    offers(seeded, 2)
    one = BUY | {"quantity": 1}

    assert execute(buyer, body=one).json()["status"] == "active"
    assert execute(operator, body=one | {"price": "91.00"}).json()["status"] == "executed"
    refused = execute(buyer, body=one)

    assert refused.status_code == 409
    assert buyer.get("/api/v1/portfolio").json()["spent"] == "90.00"
    assert operator.get("/api/v1/portfolio").json()["spent"] == "91.00"


def test_of_one_piece_two_at_once_give_one_success_and_one_conflict(buyer, operator, seeded):
    offers(seeded, 1)
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda client: execute(client, body=BUY | {"quantity": 1}), (buyer, operator))
        statuses = sorted(answer.status_code for answer in answers)

    assert statuses == [200, 409]
    with seeded.connect() as connection:
        assert connection.exec_driver_sql(OWN_PURCHASES).scalar() == 1


def test_more_than_the_offer_has_is_a_conflict(buyer, seeded):
    offers(seeded, 1)
    answer = execute(buyer)

    assert answer.status_code == 409
    assert "has 1 piece left" in answer.json()["detail"]


def test_a_gross_sale_is_recorded_less_the_channels_fees(buyer):
    execute(buyer)
    path = f"/api/v1/opportunities/{OPEN_BOX}/sales"
    sale = {"gross": "120.00", "channel": "ebay", "kind": "sealed", "quantity": 1}
    made = buyer.post(path, json=sale).json()

    # 13.25 % of 120.00 is 15.90, the order 0.40, the parcel 7.33.
    assert (made["fees"], made["proceeds"], made["kind"]) == ("23.63", "96.37", "sealed")
    (own,) = buyer.get("/api/v1/portfolio").json()["items"]
    assert (own["pieces_left"], own["proceeds"], own["unsold_value"]) == (1, "96.37", "150.00")
    assert buyer.post(path, json={"gross": "1.00", "channel": "nowhere"}).status_code == 422
    assert buyer.post(path, json={"channel": "ebay"}).status_code == 422


def test_the_portfolio_is_paged_and_filtered(buyer):
    execute(buyer)
    execute(buyer, OPEN_DECK)
    buyer.post(f"/api/v1/opportunities/{OPEN_DECK}/sales", json={"proceeds": "1.00", "is_final": True})
    path = "/api/v1/portfolio"
    first = buyer.get(f"{path}?limit=1").json()
    second = buyer.get(f"{path}?limit=1&cursor={first['next_cursor']}").json()

    assert (first["purchases"], len(first["items"]), second["next_cursor"]) == (2, 1, None)
    assert {first["items"][0]["product_id"], second["items"][0]["product_id"]} == {str(BOX), str(DECK)}
    for state, product in (("open", BOX), ("closed", DECK)):
        result = buyer.get(f"{path}?state={state}").json()
        assert [item["product_id"] for item in result["items"]] == [str(product)]
    assert buyer.get(f"{path}?state=open&cursor={first['next_cursor']}").status_code == 422


def test_a_viewer_has_no_portfolio(viewer):
    assert viewer.get("/api/v1/portfolio").status_code == 403
    assert execute(viewer).status_code == 403
    sold = viewer.post(f"/api/v1/opportunities/{OPEN_BOX}/sales", json={"proceeds": "1.00"})
    assert sold.status_code == 403


def test_the_portfolio_is_what_the_service_finds(buyer, seeded):
    execute(buyer)
    buyer.post(f"/api/v1/opportunities/{OPEN_BOX}/sales", json={"proceeds": "10.00"})
    answer = Portfolio.model_validate_json(buyer.get("/api/v1/portfolio").text)
    with seeded.connect() as connection:
        own = str(
            connection.exec_driver_sql("SELECT buyer_id FROM purchases WHERE buyer_id IS NOT NULL").scalar()
        )
        view = portfolio(connection, buyer_id=own)

    assert answer.model_dump(exclude={"currency", "next_cursor", "items"}) == view.model_dump(
        exclude={"items"}
    )
    shown = answer.items[0].model_dump(exclude={"currency", "sales", "id", "opportunity_id", "product_id"})
    expected = view.items[0].model_dump(exclude={"buyer", "sales", "id", "opportunity_id", "product_id"})
    assert shown == expected


def test_a_repeated_key_is_carried_out_once(buyer, seeded):
    first = execute(buyer, **{"Idempotency-Key": "k-1"})
    again = execute(buyer, **{"Idempotency-Key": "k-1"})

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    with seeded.connect() as connection:
        assert connection.exec_driver_sql(OWN_PURCHASES).scalar() == 1


def test_a_key_with_another_body_is_a_conflict(buyer):
    execute(buyer, **{"Idempotency-Key": "k-1"})
    answer = execute(buyer, body=BUY | {"quantity": 3}, **{"Idempotency-Key": "k-1"})

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems#idempotency-key-reused"


def test_a_key_is_the_users_own(buyer, operator):
    assert execute(buyer, **{"Idempotency-Key": "k-1"}).status_code == 200

    assert execute(operator, OPEN_DECK, **{"Idempotency-Key": "k-1"}).status_code == 200


def test_a_key_of_a_request_that_failed_can_be_used_again(buyer):
    assert execute(buyer, body={}, **{"Idempotency-Key": "k-1"}).status_code == 422

    assert execute(buyer, **{"Idempotency-Key": "k-1"}).status_code == 200


def test_the_same_key_at_once_is_carried_out_once(buyer, seeded):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: execute(buyer, **{"Idempotency-Key": "k"}), range(4)))

    assert {answer.status_code for answer in answers} == {200}
    with seeded.connect() as connection:
        assert connection.exec_driver_sql(OWN_PURCHASES).scalar() == 1


def test_a_lost_update_is_refused(buyer):
    path = f"/api/v1/opportunities/{OPEN_BOX}"
    tag = buyer.get(path).headers["etag"]
    first = buyer.put(path, json={"notes": "mine"}, headers={"If-Match": tag})
    second = buyer.put(path, json={"notes": "theirs"}, headers={"If-Match": tag})

    assert first.status_code == 200, first.text
    assert first.headers["etag"] != tag
    assert second.status_code == 412
    assert buyer.get(path).json()["execution_notes"] == "mine"
    assert buyer.get(path).headers["etag"] == first.headers["etag"]


def test_a_write_is_seen_by_the_next_read_of_a_cached_list(buyer):
    path = "/api/v1/opportunities"
    before = buyer.get(path)
    execute(buyer)
    after = buyer.get(path, headers={"If-None-Match": before.headers["etag"]})

    assert after.status_code == 200
    assert [row["id"] for row in after.json()["items"]] == [str(OPEN_DECK)]


def test_cancelling_closes_an_active_one_and_no_other(buyer):
    path = f"/api/v1/opportunities/{OPEN_BOX}"

    assert buyer.delete(path).json()["status"] == "cancelled"
    assert buyer.delete(path).status_code == 409
    assert execute(buyer).status_code == 409


def test_a_quantity_is_corrected_by_its_buyer_alone(buyer, operator):
    execute(buyer)
    path = f"/api/v1/opportunities/{OPEN_BOX}"

    assert buyer.put(path, json={"quantity": 3}).json()["execution_quantity"] == 3
    assert operator.put(path, json={"quantity": 4}).status_code == 409


def own_purchase(client):
    """Address and ETag of the caller's only purchase."""
    (item,) = client.get("/api/v1/portfolio").json()["items"]
    path = f"/api/v1/purchases/{item['id']}"
    return path, client.get(path).headers["etag"]


def test_a_purchase_is_corrected_by_its_buyer_who_read_it_last(buyer, operator, admin):
    execute(buyer)
    path, tag = own_purchase(buyer)
    body = {"price": "85.00", "notes": "mistyped"}
    made = buyer.put(path, json=body, headers={"If-Match": tag})

    assert made.status_code == 200, made.text
    # 2 x $85.00; forecast 2 x $150.00 less that.
    assert (made.json()["spent"], made.json()["forecast_profit"]) == ("170.00", "130.00")
    assert buyer.get(path).headers["etag"] == made.headers["etag"]
    assert buyer.get("/api/v1/portfolio").json()["spent"] == "170.00"
    assert buyer.get(f"/api/v1/opportunities/{OPEN_BOX}").json()["execution_price"] == "85.00"
    assert buyer.put(path, json=body, headers={"If-Match": tag}).status_code == 412
    entry = admin.get("/api/v1/audit?action=correct_purchase").json()["items"][0]
    assert (entry["before"]["price"], entry["after"]["price"]) == ("90.00", "85.00")
    for answer in (operator.get(path), operator.put(path, json=body), operator.delete(f"{path}?reason=x")):
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"quantity": 0}, "/quantity"),
        ({"price": "1.005"}, "/price"),
        ({"purchased_on": "soon"}, "/purchased_on"),
        ({"buyer": "x"}, "/buyer"),
    ],
)
def test_wrong_corrections_are_refused_with_a_pointer(buyer, body, pointer):
    execute(buyer)
    answer = buyer.put(own_purchase(buyer)[0], json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_quantity_below_the_pieces_sold_is_a_conflict_with_the_next_step(buyer):
    execute(buyer)
    sale = {"proceeds": "95.00", "kind": "sealed", "quantity": 2}
    buyer.post(f"/api/v1/opportunities/{OPEN_BOX}/sales", json=sale)
    answer = buyer.put(own_purchase(buyer)[0], json={"quantity": 1})

    assert answer.status_code == 409
    assert "Remove the sale that is wrong first" in answer.json()["detail"]


def test_a_purchase_is_removed_after_its_sales_and_the_opportunity_is_active_again(buyer, viewer, admin):
    execute(buyer)
    sold = buyer.post(f"/api/v1/opportunities/{OPEN_BOX}/sales", json={"proceeds": "9.00", "is_final": True})
    path, stale = own_purchase(buyer)
    sale = f"/api/v1/sales/{sold.json()['id']}"

    assert buyer.delete(path).status_code == 422
    refused = buyer.delete(f"{path}?reason=typed+twice")
    assert refused.status_code == 409
    assert "Remove its sales first" in refused.json()["detail"]
    assert viewer.delete(f"{sale}?reason=x").status_code == 403
    assert viewer.delete(f"{path}?reason=x").status_code == 403
    left = buyer.delete(f"{sale}?reason=sent+back")
    assert (left.status_code, left.json()["sales"], left.json()["is_final"]) == (200, [], False)
    assert buyer.delete(f"{path}?reason=x", headers={"If-Match": stale}).status_code == 412
    tag = {"If-Match": left.headers["etag"]}
    assert buyer.delete(f"{path}?reason=typed+twice", headers=tag).status_code == 204

    assert buyer.get(path).status_code == 404
    assert buyer.get("/api/v1/portfolio").json()["purchases"] == 0
    again = buyer.get(f"/api/v1/opportunities/{OPEN_BOX}").json()
    assert (again["status"], again["execution_quantity"], again["realised_value"]) == ("active", 0, None)
    entry = admin.get("/api/v1/audit?action=remove_purchase").json()["items"][0]
    assert (entry["before"]["quantity"], entry["after"]["reason"]) == (2, "typed twice")
    assert execute(buyer).status_code == 200


def test_an_unknown_opportunity_is_404(buyer):
    path = "/api/v1/opportunities/00000000-0000-0000-0000-000000000999"

    assert buyer.get(path).status_code == 404
    assert execute(buyer, "00000000-0000-0000-0000-000000000999").status_code == 404
    assert buyer.get(f"{path}/events").status_code == 404
    assert buyer.get("/api/v1/opportunities/not-an-id").status_code == 422


def test_the_summary_counts_and_sums(viewer):
    stats = OpportunityStats.model_validate_json(viewer.get("/api/v1/opportunities/stats/summary").text)

    assert stats.by_status == {"active": 2, "expired": 0, "executed": 1, "cancelled": 0}
    assert (str(stats.active_profit.sum), str(stats.active_profit.median)) == ("70.00", "35.00")
    assert stats.active_margin_percentage_median == 37.5
    assert stats.active_by_category == {"mtg": 2, "pokemon": 0, "yugioh": 0}
    assert [day.opened for day in stats.published_per_day][-1] == 3
    assert len(stats.published_per_day) == 30
    # $100.00 from 2 x $40.00; forecast 2 x $150.00 - $80.00; off by -$200.00.
    assert (str(stats.realised.realised_profit), str(stats.realised.mean_error)) == ("20.00", "-200.00")
    # 2 x 150 -+ 1.645 x sqrt(2 x 16^2 + 4 x 12^2) is 245.74 to 354.26: $100.00 is outside.
    assert (stats.realised.with_range, stats.realised.within_range) == (1, 0)
