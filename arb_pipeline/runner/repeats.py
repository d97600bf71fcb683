"""Stages of which nothing has changed: found before a job starts, recorded after it, visible in Dagster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime

import dagster as dg
import sqlalchemy as sa

from arb_pipeline.contracts.errors import ArbError
from arb_pipeline.services.database import ensure_bi_role
from arb_pipeline.services.stages import Scope, Stage, Stages
from arb_pipeline.settings import Settings
from arb_pipeline.storage import logs
from arb_pipeline.storage.postgres.engine import connected
from arb_pipeline.storage.postgres.roles import RoleError
from arb_pipeline.storage.stage_records import Identities, StageRecord

LAST = {
    Stage.REFERENCE_DATA: ["contents", "product_singles"],
    Stage.PRICES: ["prices", "price_history"],
    Stage.ANALYSIS: ["opportunities", "arbitrage_opportunities"],
    Stage.MART: ["mart", "published"],
}
"""Asset that a stage ends with: Dagster shows there that it was skipped."""
OF_A_RUN = "written"
"""In the names of figures that a run has and its results do not: a skipped stage writes nothing."""
LONGEST = 200
"""Characters of a figure that is kept: previews are not."""
AT_WORK = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
Succeeded = Callable[[str, Mapping[str, Mapping[str, object]]], None]
"""Receives the id of a run that succeeded, and the metadata of each of its assets."""


class Repeats:
    """The records of a home's stages, for the scope of a runner."""

    def __init__(self, settings: Settings, scope: Scope, *, force: bool) -> None:
        """`force`: every stage counts as changed."""
        self._settings, self._force = settings, force
        self._stages = Stages(settings, scope)

    def unchanged(self, stages: Sequence[Stage], day: date | None) -> list[StageRecord]:
        """Records of the stages; none where one of them has changed or is forced."""
        if self._force:
            return []
        records = []
        with connected(self._settings) as engine, engine.connect() as connection:
            for stage in stages:
                record = self._stages.read(stage, day)
                try:
                    changes = self._stages.changes(connection, record, stage, day)
                except (ArbError, OSError) as error:  # the run meets it too, and says what is wrong
                    changes = [str(error)]
                if record is None or changes:
                    shown = changes[:5]
                    logs.logger().info("stage has changed", stage=stage, day=str(day or ""), changes=shown)
                    return []
                records.append(record)
        return records

    def grant_mart(self) -> str:
        """Applies the settings of the role that reads the mart, as a publication does; '' or why not."""
        password = self._settings.bi_password
        plain = password.get_secret_value() if password else None
        try:
            with connected(self._settings) as engine, engine.connect() as connection:
                ensure_bi_role(connection, self._settings, plain)
        except RoleError as error:
            return str(error)
        return ""

    @contextmanager
    def recording(self, stages: Sequence[Stage], day: date | None) -> Iterator[Succeeded]:
        """Context of a run of some stages, which are recorded where it calls what is given.

        Their old records go first: a run that is killed leaves none.
        """
        with connected(self._settings) as engine:
            before = {stage: self._inputs(engine, stage, day) for stage in stages}
            for stage in stages:
                self._stages.forget(stage, day)

            def succeeded(run_id: str, metadata: Mapping[str, Mapping[str, object]]) -> None:
                with engine.connect() as connection:
                    for stage, inputs in before.items():
                        if inputs is not None:
                            figures = _figures(metadata, stage, is_only=len(stages) == 1)
                            self._stages.record(
                                connection, stage, day, inputs=inputs, run_id=run_id, figures=figures
                            )

            yield succeeded

    def _inputs(self, engine: sa.Engine, stage: Stage, day: date | None) -> Identities | None:
        """Inputs of a stage; None where they are unknown, and then it is not recorded."""
        try:
            with engine.connect() as connection:
                return self._stages.inputs(connection, stage, day)
        except (ArbError, OSError):
            return None


def report_unchanged(instance: dg.DagsterInstance, records: Sequence[StageRecord]) -> None:
    """Records in Dagster that stages were skipped: an observation of the asset that each ends with."""
    for record in records:
        since = f"{record.made_at:%Y-%m-%d %H:%M} UTC"
        observation = dg.AssetObservation(
            asset_key=dg.AssetKey(LAST[record.stage]),
            partition=record.day.isoformat() if record.day else None,
            description=f"Skipped: {record.stage} is unchanged since {since}.",
            metadata={
                "unchanged_since": since,
                "made_by_run": record.run_id,
                "inputs": len(record.inputs),
                "outputs": len(record.outputs),
            },
        )
        instance.report_runless_asset_event(observation)


def run_alone(instance: dg.DagsterInstance, run_id: str, *, since: datetime) -> bool:
    """True if no other run of this home was at work since a moment: it may have written what a stage left."""
    ended = instance.get_run_records(dg.RunsFilter(updated_after=since))
    at_work = instance.get_run_records(dg.RunsFilter(statuses=AT_WORK))
    return {record.dagster_run.run_id for record in (*ended, *at_work)} <= {run_id}


def _figures(
    metadata: Mapping[str, Mapping[str, object]], stage: Stage, *, is_only: bool
) -> dict[str, dict[str, int | str]]:
    """Figures of a stage's assets that are numbers or text, without what only a run has."""
    ours = {
        asset: figures
        for asset, figures in metadata.items()
        if is_only or asset.startswith("prices/") == (stage is Stage.PRICES)
    }
    return {
        asset: {
            name: value
            for name, value in figures.items()
            if isinstance(value, int | str) and len(str(value)) <= LONGEST and OF_A_RUN not in name
        }
        for asset, figures in ours.items()
    }
