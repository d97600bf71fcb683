"""Parameter values that administrators entered are used by every process that values something."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from arb_pipeline.access.audit import COMMAND_LINE
from arb_pipeline.access.users import create_user
from arb_pipeline.cli.database import install_entered_parameters
from arb_pipeline.services.price_list_jobs import value_next
from arb_pipeline.settings import Settings, settings
from arb_pipeline.storage import params
from arb_pipeline.storage.postgres.buyer_tables import parameter_values, price_lists

DAY, ENTERED = date(2026, 6, 1), 7


@pytest.fixture
def entered(engine: sa.Engine, open_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """A database in which an administrator entered seven cards per order."""
    monkeypatch.setenv("ARB_HOME", str(open_home))
    monkeypatch.setenv("ARB_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    settings.cache_clear()
    with engine.begin() as connection:
        user = create_user(connection, COMMAND_LINE, "ann", "admin")
        row = {
            "group_name": "selling", "key": "cards_per_order", "valid_from": date(2026, 1, 1), "value": ENTERED,
            "source": "own orders", "user_id": user,
        }  # fmt: skip
        connection.execute(sa.insert(parameter_values), row)
        body = {"user_id": user, "name": "list.csv", "options": {}, "file": b"product,price\nBox,5.00\n"}
        connection.execute(sa.insert(price_lists), body)
    yield engine
    params.install({})
    settings.cache_clear()


def cards_per_order() -> int:
    return params.parameters(DAY).selling.cards_per_order


def test_a_command_that_reads_the_lake_alone_uses_them(entered: sa.Engine) -> None:
    assert cards_per_order() != ENTERED
    install_entered_parameters()

    assert cards_per_order() == ENTERED


def test_the_process_of_price_lists_uses_them(entered: sa.Engine, open_home: Path) -> None:
    given = Settings(home=open_home, database_url=entered.url.render_as_string(hide_password=False))

    assert value_next(entered, given) is not None
    assert cards_per_order() == ENTERED
