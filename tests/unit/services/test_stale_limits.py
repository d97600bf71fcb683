"""One limit of age per source, wherever staleness is shown: `arb sources`, the API, `arb doctor`, alerts."""

from datetime import UTC, date, datetime, timedelta

import pytest

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.core.alerting.rules import Operations
from arb_pipeline.services import health
from arb_pipeline.services.health import State
from arb_pipeline.services.sources import SourceView, listed
from arb_pipeline.settings import Settings
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.source_ages import source_ages

DAY = date(2025, 10, 10)
OUT = datetime(2025, 10, 10, 20, tzinfo=UTC)
"""Time at which the prices of the day are complete."""


def shown(source: str, hours: float) -> bool:
    declared = SOURCES[source]
    view = SourceView(
        source=source,
        title=declared.title,
        holds=declared.holds,
        categories=declared.categories,
        url=declared.url,
        needs=(),
        landed="current",
        age_hours=hours,
    )
    return view.is_stale


@pytest.mark.parametrize(("source", "limit"), [("tcgcsv", 48), ("scryfall", 336), ("ecb", 144)])
def test_the_list_of_sources_and_alerts_have_the_declared_limit(source, limit):
    assert SOURCES[source].stale_hours == limit
    assert (shown(source, limit - 0.1), shown(source, limit + 0.1)) == (False, True)
    assert Operations.model_construct(stale_hours={}).stale_after_hours(source) == limit


def test_the_age_of_a_daily_source_is_that_of_its_newest_day_however_recently_it_landed(tmp_path):
    """`arb sources` told the time since the last fetch, alerts the age of the newest day."""
    settings = Settings(home=tmp_path)
    file = tmp_path / "prices.7z"
    file.write_text("a day", "utf-8")
    Landing(settings.landing).land("tcgcsv", {"prices.7z": file}, origin="here", part=str(DAY))

    views = {view.source: view for view in listed(settings, now=OUT + timedelta(hours=50))}

    assert (views["tcgcsv"].landed, views["tcgcsv"].age_hours, views["tcgcsv"].is_stale) == (
        str(DAY),
        50.0,
        True,
    )
    assert source_ages(settings, OUT + timedelta(hours=50))["tcgcsv"][0] == 50.0
    assert (views["ecb"].age_hours, views["ecb"].is_stale) == (None, None)


@pytest.mark.parametrize("source", ["tcgplayer", "tcgplayer_api", "cardkingdom"])
def test_the_doctor_warns_from_the_same_limit_on(source):
    """Prices are named by the source of prices: TCGplayer's come through TCGCSV. It warned after 3 days before."""
    states = [health._age(DAY, source, OUT + timedelta(hours=hours), "note")[0] for hours in (47.9, 48.1)]

    assert states == [State.OK, State.WARN]
