"""Sensors: a new day at TCGCSV, a new price list in the distributors' folder."""

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import dagster as dg

from arb_pipeline.defs.jobs import analyze_new_day, fetch_distributors
from arb_pipeline.defs.shared.partitions import DAYS
from arb_pipeline.fetching.crawls import fetch
from arb_pipeline.settings import settings, source_access
from arb_pipeline.sources.archives import whole
from arb_pipeline.sources.mappings import watched_files
from arb_pipeline.sources.parsing.tcgcsv import day_of_last_update
from arb_pipeline.storage.lake import SEALED_PRODUCTS, Lake

ON = dg.DefaultSensorStatus.RUNNING if settings().automate else dg.DefaultSensorStatus.STOPPED
POLL_SECONDS = 15 * 60
LOOK_SECONDS = 30
ATTEMPTS = 3
RUN_KEY = "dagster/run_key"
POLL = "poll"
"""Part of the landing that holds TCGCSV's time of the last update: one small file."""
looking = partial(dg.sensor, minimum_interval_seconds=LOOK_SECONDS, default_status=ON)


@dg.sensor(
    job=analyze_new_day,
    minimum_interval_seconds=POLL_SECONDS,
    default_status=ON,
    description="Asks TCGCSV when it was last updated; a new day starts its analysis.",
)
def new_tcgcsv_day(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Requests the time of TCGCSV's last update (conditionally); a new day starts its analysis."""
    if not Lake(settings().lake).has(SEALED_PRODUCTS):
        return dg.SkipReason("there is no catalogue yet to load prices for")
    try:
        newest = newest_prices()
    except UpdateUnknownError as error:
        return dg.SkipReason(str(error))
    key = run_key(context.instance, f"tcgcsv {newest.updated_at}")
    if key is None:
        return dg.SkipReason(f"TCGCSV was last updated at {newest.updated_at}; that day has been requested")
    return dg.RunRequest(run_key=key, partition_key=newest.day, tags={"source": "tcgcsv"})


class UpdateUnknownError(LookupError):
    """TCGCSV's newest day is not known, or has no partition; the message states why."""


@dataclass(frozen=True, slots=True)
class Newest:
    """TCGCSV's last update."""

    day: str
    updated_at: str
    """Time of the update, as TCGCSV writes it."""


def newest_prices() -> Newest:
    """Last update of TCGCSV (one conditional request). Raises `UpdateUnknownError`."""
    fetched = fetch("tcgcsv", settings=settings(), options={POLL: ["yes"]}, part=POLL)
    if fetched.package is None:
        msg = f"TCGCSV did not report its last update: {fetched.reason}"
        raise UpdateUnknownError(msg)
    (path,) = fetched.package.files.glob("last-updated.txt*")  # .gz from a server that always gzips
    with path.open("rb") as file:
        updated_at = whole(file).decode().strip()
    day = day_of_last_update(updated_at.encode())
    if not DAYS.has_partition_key(day):
        msg = f"TCGCSV reports {updated_at}, a day that has no partition yet"
        raise UpdateUnknownError(msg)
    return Newest(day, updated_at)


@looking(
    job=fetch_distributors,
    description="Fetches price lists that are new or have changed in the distributors' folders.",
)
def new_distributor_file(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """A run if price lists are new or changed in the folders of the mappings."""
    access = source_access("distributor")
    if access.missing:
        return dg.SkipReason(f"not configured: set {', '.join(access.missing)}")
    files = watched_files(Path(access.key("mappings")).expanduser())
    state = "\n".join(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)
    key = run_key(context.instance, f"distributor {hashlib.sha256(state.encode()).hexdigest()}")
    if not files or key is None:
        return dg.SkipReason(f"no change in {len(files)} price lists")
    return dg.RunRequest(run_key=key, tags={"source": "distributor"})


def run_key(instance: dg.DagsterInstance, occasion: str) -> str | None:
    """Key of the run that an occasion needs; None where a run succeeded or is in progress.

    A key is used up even if its run fails: another try has another key. Run records decide, so that two
    ticks, or two daemons, for one occasion start one run.
    """
    for attempt in range(1, ATTEMPTS + 1):
        key = occasion if attempt == 1 else f"{occasion}, attempt {attempt}"
        runs = instance.get_runs(dg.RunsFilter(tags={RUN_KEY: key}))
        if not runs:
            return key
        if any(run.status != dg.DagsterRunStatus.FAILURE for run in runs):
            return None
    return None
