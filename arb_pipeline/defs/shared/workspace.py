"""Resource with the stores and the scope of a run."""

from datetime import date
from functools import cached_property
from pathlib import Path

import dagster as dg
import sqlalchemy as sa
from pydantic import Field, PrivateAttr

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.core.params import Parameters
from arb_pipeline.games.registry import GAMES
from arb_pipeline.settings import settings
from arb_pipeline.storage import logs
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.landing import Landing, NotLandedError, Package
from arb_pipeline.storage.params import install, own_files, parameters
from arb_pipeline.storage.postgres.engine import connect
from arb_pipeline.storage.postgres.parameter_values import dated_values


class Workspace(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Stores and scope of a run: folders, database, games, products."""

    data: str = Field(default="", description="Folder of source dumps to land, in place of fetching.")
    fetch: bool = Field(
        default=True,
        description="Whether to fetch from the sources. Otherwise a run uses landed packages.",
    )
    categories: list[str] = Field(default=list(CATEGORIES), description="Games of this run.")
    products: list[str] = Field(
        default=[],
        description="Only these sealed products, by name, our id or TCGplayer's; by default all.",
    )
    confirmed: bool = Field(
        default=False,
        description="Whether to accept snapshots with fewer than half the rows of the day before.",
    )

    _engine: sa.Engine | None = PrivateAttr(default=None)

    @cached_property
    def data_folder(self) -> Path | None:
        """The folder to land from: this run's, else that of ARB_DATA."""
        return Path(self.data) if self.data else settings().data

    @property
    def lake(self) -> Lake:
        """The lake: frames between stages."""
        return Lake(settings().lake)

    @property
    def landing(self) -> Landing:
        """The landing: packages as fetched."""
        return Landing(settings().landing)

    def last(self, source: str, day: date | None = None) -> Package | None:
        """Package in use of a source, or of one of its days; None where none has landed."""
        try:
            return self.landing.latest(source, part=day.isoformat() if day else None)
        except NotLandedError:
            return None

    def landed(self, source: str) -> Path | None:
        """Files of a reference source; None where an optional one has not landed."""
        try:
            return self.landing.latest(source).files
        except NotLandedError:
            wanted = (GAMES[category].folder.get(source) for category in self.categories)
            if any(layout and layout.is_required for layout in wanted):
                raise
            return None

    def params(self, day: date) -> Parameters:
        """The parameters that hold on a day, with the values that administrators entered."""
        with self.engine.connect() as connection:
            install(dated_values(connection))
        return parameters(day, own_files(settings()))

    @property
    def engine(self) -> sa.Engine:
        """The database; connected on first use."""
        if self._engine is None:
            self._engine = connect(settings())
        return self._engine

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Configures the log, with the run's id on each line."""
        logs.configure(settings())
        run = context.run
        if run is not None:
            fields = {"run_id": run.run_id, "job": run.job_name, "day": run.tags.get("dagster/partition")}
            logs.bind_contextvars(**{name: value for name, value in fields.items() if value})
        logs.logger().info("run opened", categories=self.categories)

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        """Closes the connections of this run."""
        logs.unbind_contextvars("run_id", "job", "day")
        if self._engine is not None:
            self._engine.dispose()
