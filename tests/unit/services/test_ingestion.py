"""Days and sources of a run, from what is requested and what there is."""

from datetime import date
from pathlib import Path

import pytest

from arb_pipeline.contracts.errors import InvalidInputError
from arb_pipeline.fetching.crawls import Fetched
from arb_pipeline.services import ingestion
from arb_pipeline.services.ingestion import MissingPricesError, Span, Supply
from arb_pipeline.settings import Settings

FIRST, MIDDLE, LAST = date(2025, 10, 1), date(2025, 10, 3), date(2025, 10, 4)
SUPPLY = Supply(None, (FIRST, MIDDLE, LAST))


@pytest.mark.parametrize(
    ("span", "days"),
    [
        (Span(), [LAST]),
        (Span(day=date(2024, 5, 1)), [date(2024, 5, 1)]),
        (Span(since=MIDDLE), [MIDDLE, LAST]),
        (Span(until=date(2025, 10, 2)), [FIRST, date(2025, 10, 2)]),
        (Span(None, FIRST, LAST), [FIRST, date(2025, 10, 2), MIDDLE, LAST]),
    ],
)
def test_days_of_a_span_include_gaps(span: Span, days: list[date]) -> None:
    assert span.days(SUPPLY) == days


def test_a_day_beside_a_range_and_a_reversed_range_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="--from and --to"):
        Span(FIRST, FIRST, LAST)
    with pytest.raises(InvalidInputError, match="2025-10-04 is after 2025-10-01"):
        Span(None, LAST, FIRST)
    with pytest.raises(InvalidInputError, match="is after"):
        Span(since=date(2025, 10, 5)).days(SUPPLY)


def test_history_is_fetched_before_the_first_day() -> None:
    assert Span().to_fetch(0) == []
    assert Span(day=MIDDLE).to_fetch(1) == [date(2025, 10, 2), MIDDLE]
    assert Span(since=FIRST, until=FIRST).to_fetch(0) == [FIRST]
    with pytest.raises(InvalidInputError, match="--date"):
        Span().to_fetch(3)


def test_all_stands_for_the_sources_of_the_games_and_names_count_once() -> None:
    assert ingestion.source_names(["ecb", "ecb"], ["mtg"]) == ["ecb"]
    assert "tcgdex" not in ingestion.source_names(["all"], ["mtg"])
    assert "tcgdex" in ingestion.source_names(["all"], ["pokemon"])
    with pytest.raises(InvalidInputError, match="nope: no such source") as refused:
        ingestion.source_names(["ecb", "nope"], ["mtg"])
    assert "tcgcsv" in refused.value.allowed


def test_only_archived_sources_have_past_days() -> None:
    ingestion.check_days(["tcgcsv", "ecb"], [FIRST])
    with pytest.raises(InvalidInputError, match="only its newest day"):
        ingestion.check_days(["ecb"], [FIRST])
    with pytest.raises(InvalidInputError, match="tcgcsv"):
        ingestion.check_archived("ecb")


def test_a_supply_without_prices_says_where_they_belong(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(MissingPricesError, match="--fetch") as refused:
        ingestion.supply_of(settings, None)
    assert refused.value.exit_code == 2
    (tmp_path / "data").mkdir()
    with pytest.raises(MissingPricesError, match="tcgcsv/archive"):
        ingestion.supply_of(settings, tmp_path / "data")
    assert not (tmp_path / "home").exists()


def test_a_folder_with_a_day_is_the_supply_and_lands_it_once(tmp_path: Path) -> None:
    prices = tmp_path / "data/tcgcsv/raw/2025-10-01/1/901/prices"
    prices.parent.mkdir(parents=True)
    prices.write_text("{}")
    settings = Settings(home=tmp_path / "home")
    supply = ingestion.supply_of(settings, tmp_path / "data")
    assert (supply.folder, supply.days) == (tmp_path / "data", (FIRST,))
    from arb_pipeline.storage.landing import Landing

    landing = Landing(settings.landing)
    landed = ingestion.land_from_folder(landing, tmp_path / "data", "tcgcsv", FIRST)
    assert landed.package is not None
    assert landed.package.is_new
    again = ingestion.land_from_folder(landing, tmp_path / "data", "tcgcsv", FIRST).package
    assert again is not None
    assert not again.is_new
    absent = ingestion.land_from_folder(landing, tmp_path / "data", "tcgcsv", LAST)
    assert (absent.package, "no prices of 2025-10-04" in absent.reason) == (None, True)
    assert ingestion.missing_days(settings, "tcgcsv", [FIRST, LAST]) == [LAST]


def test_sources_are_fetched_with_events_and_one_that_fails_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(source: str, **_: object) -> Fetched:
        if source == "ecb":
            message = "disk full"
            raise OSError(message)
        return Fetched(source, "unchanged", "", counts={"price": 3})

    monkeypatch.setattr(ingestion, "fetch", fetch)
    events = []
    views = ingestion.fetch_sources(
        Settings(home=tmp_path), ["ecb", "tcgcsv"], options={"a": ["b"]}, listener=events.append
    )
    assert [(view.source, view.status, view.reason) for view in views] == [
        ("ecb", "failed", "disk full"),
        ("tcgcsv", "unchanged", ""),
    ]
    assert [view.is_good for view in views] == [False, True]
    assert dict(views[1].records) == {"price": 3}
    assert sorted((event.source, event.kind) for event in events) == [
        *(("ecb", "ended"), ("ecb", "started")),
        *(("tcgcsv", "ended"), ("tcgcsv", "started")),
    ]


def test_a_file_of_a_day_to_come_is_left_out_and_named(tmp_path: Path) -> None:
    archives = tmp_path / "data/tcgcsv/archive"
    archives.mkdir(parents=True)
    for day in ("2025-10-01", "2025-10-03", "2999-01-01"):
        (archives / f"prices-{day}.ppmd.7z").write_bytes(b"7z")
    tree = tmp_path / "data/tcgcsv/raw/1999-12-31/1/901/prices"
    tree.parent.mkdir(parents=True)
    tree.write_text("{}")
    settings = Settings(home=tmp_path / "home")
    supply = ingestion.supply_of(settings, tmp_path / "data", is_priced=lambda day: FIRST <= day <= LAST)
    assert supply.days == (FIRST, MIDDLE)
    assert supply.stray == ("tcgcsv/raw/1999-12-31/", "tcgcsv/archive/prices-2999-01-01.ppmd.7z")
    with pytest.raises(MissingPricesError, match=r"prices-2999-01-01\.ppmd\.7z is of no day"):
        ingestion.supply_of(settings, tmp_path / "data", is_priced=lambda _day: False)
