"""Stages of a run: what each reads and leaves, and whether anything of that has changed since it last ran.

A stage is skipped only where every package, parameter, table and file that it reads, its scope, the code,
and all that it left are those of its record (`storage.stage_records`). What is in doubt counts as changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.games.registry import GAMES, REFERENCE, category_of
from arb_pipeline.mart import dbt, publication
from arb_pipeline.services import parameters
from arb_pipeline.settings import Settings
from arb_pipeline.storage.data_folder import DataFolder
from arb_pipeline.storage.lake import DAILY_PRICES, Lake, Where
from arb_pipeline.storage.landing import Landing, NotLandedError, package_id_of
from arb_pipeline.storage.params import CALIBRATION
from arb_pipeline.storage.postgres import identities
from arb_pipeline.storage.postgres.analysis import newest_analysed
from arb_pipeline.storage.stage_records import (
    Identities,
    StageRecord,
    StageRecords,
    code_version,
    digest,
    file_identities,
)

Figures = Mapping[str, Mapping[str, int | str]]
READ_FOR_REFERENCE = tuple(
    dict.fromkeys(
        source
        for game in GAMES.values()
        for wanted in (game.listed_in, game.printed_in, game.drawn_in, game.held_in)
        for sources in wanted
        for source in sources
    )
    | dict.fromkeys((*REFERENCE, "scryfall"))
)
"""Sources that catalogue, marketplace ids and contents are read from."""
PRICES = "price_history"
"""Table of which the mart reads the newest days: the others are read whole."""
BOUGHT = ("purchases", "sales")
"""Tables that the report of an analysis shows."""
LIVES = ("arbitrage_opportunities", "opportunity_events")
"""Tables that only the analysis of the newest day changes."""
IS_NEWEST = "newest day"


class Stage(StrEnum):
    """A part of a run that is skipped as a whole."""

    REFERENCE_DATA = "reference_data"
    PRICES = "prices"
    ANALYSIS = "analysis"
    MART = "mart"


@dataclass(frozen=True, slots=True)
class Scope:
    """Requested sources and games of a run."""

    folder: Path | None
    """Folder of dumps; None: what has landed."""
    categories: tuple[str, ...]
    confirmed: bool = False


class Stages:
    """The stages of a home, for a scope."""

    def __init__(self, settings: Settings, scope: Scope) -> None:
        """Nothing is read yet."""
        self._settings, self._scope = settings, scope
        self._lake, self._landing = Lake(settings.lake), Landing(settings.landing)
        self._records = StageRecords(settings.lake)

    def read(self, stage: Stage, day: date | None = None) -> StageRecord | None:
        """The record of a stage's last success; None where there is none."""
        return self._records.read(stage, day)

    def changes(
        self, connection: sa.Connection, record: StageRecord | None, stage: Stage, day: date | None = None
    ) -> list[str]:
        """Names of the inputs and outputs that are not those of a record; empty: the stage may be skipped."""
        if record is None:
            return ["record"]
        differing = _differing(record.inputs, self.inputs(connection, stage, day))
        if differing:  # before the outputs, which take longer
            return differing
        before, now = record.outputs, self.outputs(connection, stage, day)
        if now.get(IS_NEWEST) == "no":  # an analysis of this day would leave the opportunities alone
            lives = {IS_NEWEST, *identities.of_tables(connection, LIVES)}
            before = {name: value for name, value in before.items() if name not in lives}
            now = {name: value for name, value in now.items() if name not in lives}
        return _differing(before, now)

    def forget(self, stage: Stage, day: date | None = None) -> None:
        """Deletes a record, before its stage runs."""
        self._records.forget(stage, day)

    def record(
        self,
        connection: sa.Connection,
        stage: Stage,
        day: date | None,
        *,
        inputs: Identities,
        run_id: str,
        figures: Figures,
    ) -> None:
        """Records a stage that has succeeded. `inputs`: as they were before it began."""
        made = StageRecord(
            stage=stage,
            day=day,
            made_at=datetime.now(UTC),
            run_id=run_id,
            inputs=inputs,
            outputs=self.outputs(connection, stage, day),
            figures=figures,
        )
        self._records.write(made)

    def inputs(self, connection: sa.Connection, stage: Stage, day: date | None = None) -> Identities:
        """Inputs of the stage, by name. `day`: of prices and analysis."""
        inputs = {
            "code": code_version(dbt.PROJECT),
            "database": identities.of_database(connection),
            "scope": digest(self._scope.categories, self._scope.confirmed),
            "settings": digest(self._settings.engine, self._settings.expire_from, str(self._lake.root)),
        }
        if stage is Stage.REFERENCE_DATA:
            inputs |= {f"package {source}": self._package(source) for source in READ_FOR_REFERENCE}
            return inputs | identities.of_tables(connection, ["product_corrections"])
        if stage is Stage.MART:
            window = identities.of_priced_window(connection, dbt.price_days())
            whole = [table for table in dbt.read_tables() if table != PRICES]
            return inputs | identities.of_tables(connection, whole) | window
        assert day is not None  # noqa: S101 - the other stages are of a day
        inputs |= self._files(self._lake.below("catalog"))
        params = parameters.in_force(connection, self._settings, day)
        inputs["parameters"] = digest(params.model_dump(mode="json"))
        if stage is Stage.PRICES:
            inputs["packages"] = digest(self._packages_of(day))
            return inputs
        reach = max(params.prices.window_days, params.prices.stale_days) + 1
        inputs |= self._files([*self._lake.below("contents"), *self._window(day, reach)])
        inputs |= identities.of_tables(connection, BOUGHT)
        inputs["rates"] = digest(self._names(self._settings.landing / "ecb", "*/*/manifest.json"))
        calibrations = self._settings.home.expanduser() / CALIBRATION
        return inputs | file_identities(sorted(calibrations.glob("*.json")), calibrations.parent)

    def outputs(self, connection: sa.Connection, stage: Stage, day: date | None = None) -> Identities:
        """Outputs of the stage, by name."""
        if stage is Stage.REFERENCE_DATA:
            files = self._files([*self._lake.below("catalog"), *self._lake.below("contents")])
            pointers = {f"landed {source}": self._landed(source) for source in READ_FOR_REFERENCE}
            return files | pointers | identities.of_tables(connection, ["products", "product_singles"])
        if stage is Stage.MART:
            return identities.of_schema(connection, publication.MART)
        assert day is not None  # noqa: S101 - as above
        if stage is Stage.PRICES:
            landed = {"landed": digest(self._landed("tcgcsv", day))}
            return self._files(self._prices_of(day)) | identities.of_prices(connection, day) | landed
        from arb_pipeline.reporting.analysis import newest_report  # its templates take a tenth of a second

        files = self._files([path for path in self._lake.below("valuation") if _is_of(path, day)])
        report = newest_report(self._settings, day)
        newest = newest_analysed(connection, self._scope.categories)
        return {
            **files,
            **self._files(self._daily(day)),
            **identities.of_valuations(connection, day),
            **identities.of_tables(connection, LIVES),
            "report": report.name if report else "none",
            IS_NEWEST: "yes" if newest == day else "no",
        }

    def _package(self, source: str) -> str:
        """Id of the package that the run would read: the folder's, else the one in use."""
        games = SOURCES[source].categories if source in SOURCES else (category_of(source, GAMES),)
        if self._scope.folder and source in REFERENCE and set(games) & set(self._scope.categories):
            files = DataFolder(self._scope.folder, REFERENCE).reference(source)
            if files:
                return package_id_of(files)
        return self._landed(source)

    def _packages_of(self, day: date) -> list[str]:
        """Ids of the day's packages: all that landed, and the one that counts."""
        landed = set(self._names(self._settings.landing / "tcgcsv" / day.isoformat(), "*/manifest.json"))
        files = DataFolder(self._scope.folder).prices(day.isoformat()) if self._scope.folder else {}
        newest = package_id_of(files) if files else self._landed("tcgcsv", day)
        return [newest, *sorted(landed | {f"{newest}/manifest.json"})]

    def _landed(self, source: str, day: date | None = None) -> str:
        """Id of the package in use; `none` where none has landed, or it is gone."""
        try:
            package = self._landing.latest(source, part=day.isoformat() if day else None)
        except NotLandedError:
            return "none"
        return package.package_id if (package.root / "manifest.json").exists() else "none"

    def _window(self, day: date, reach: int) -> Sequence[Where]:
        """Files of prices before a day, and of quotes up to it."""
        before = [day - timedelta(days=n) for n in range(1, reach + 1)]
        prices = [p for c in self._scope.categories for p in self._lake.paths(DAILY_PRICES, c, before)]
        tables = [f"prices/{source}/quotes" for source in self._lake.sources("prices", "quotes")]
        return prices + [path for table in tables for path in self._lake.paths(table, None, [*before, day])]

    def _prices_of(self, day: date) -> Sequence[Where]:
        """Files of TCGplayer's prices of a day."""
        tables = [f"prices/tcgplayer/{name}" for name in ("rejected", "balance")]
        cleaned = [
            path
            for category in self._scope.categories
            for path in self._lake.paths("prices/tcgplayer/observations", category, [day])
        ]
        return [*cleaned, *(p for t in tables for p in self._lake.paths(t, None, [day])), *self._daily(day)]

    def _daily(self, day: date) -> Sequence[Where]:
        return [p for c in self._scope.categories for p in self._lake.paths(DAILY_PRICES, c, [day])]

    def _files(self, paths: Sequence[Where]) -> Identities:
        return {f"file {k}": v for k, v in file_identities(paths, self._lake.root).items()}

    @staticmethod
    def _names(folder: Path, pattern: str) -> list[str]:
        return sorted(path.relative_to(folder).as_posix() for path in folder.glob(pattern))


def _is_of(path: Where, day: date) -> bool:
    return path.parent.name == f"day={day.isoformat()}"


def _differing(before: Identities, now: Identities) -> list[str]:
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
