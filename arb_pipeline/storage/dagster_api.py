"""Dagster's GraphQL API: starts, reads and cancels runs from outside its processes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2

from arb_pipeline.contracts.errors import FailedError, NotFoundError, UnavailableError
from arb_pipeline.settings import Settings

LOCATION, REPOSITORY = "arb_pipeline", "__repository__"
SECONDS = 20.0
UNDER_WAY = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING")
_RUN = """
    runId jobName status creationTime startTime endTime tags { key value }
    stepStats { stepKey status } executionPlan { steps { key } }
"""
_LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId status } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on InvalidSubsetError { message }
    ... on UnauthorizedError { message }
  }
}
"""
_RUNS = f"""
query Runs($filter: RunsFilter, $limit: Int) {{
  runsOrError(filter: $filter, limit: $limit) {{
    __typename ... on Runs {{ results {{ {_RUN} }} }} ... on PythonError {{ message }}
  }}
}}
"""
_ONE = f"""
query Run($id: ID!) {{
  runOrError(runId: $id) {{ __typename ... on Run {{ {_RUN} }} ... on PythonError {{ message }} }}
}}
"""
_FAILURE = """
query Failure($id: ID!) {
  logsForRun(runId: $id, limit: 1000) {
    __typename
    ... on EventConnection { events { __typename ... on MessageEvent { message level } } }
  }
}
"""
_TERMINATE = """
mutation Terminate($id: String!) {
  terminateRun(runId: $id) {
    __typename ... on TerminateRunFailure { message } ... on PythonError { message }
  }
}
"""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as Dagster records it."""

    run_id: str
    job: str
    status: str
    """QUEUED, NOT_STARTED, STARTING, STARTED, SUCCESS, FAILURE, CANCELING or CANCELED."""
    tags: Mapping[str, str]
    steps: tuple[str, ...]
    done: tuple[str, ...]
    current: str | None
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


class DagsterApi:
    """The web server that `arb up` starts, or that ARB_DAGSTER_API names."""

    def __init__(self, settings: Settings, *, transport: httpx2.BaseTransport | None = None) -> None:
        self.url = settings.dagster_api or f"http://127.0.0.1:{settings.ui_port}"
        self._client = httpx2.Client(base_url=self.url, timeout=SECONDS, transport=transport, trust_env=False)

    def page(self, run_id: str) -> str:
        """The run's page in Dagster's UI."""
        return f"{self.url}/runs/{run_id}"

    def launch(
        self, job: str, *, config: Mapping[str, Any], tags: Mapping[str, str], partition: str
    ) -> tuple[str, str]:
        """Starts a run; returns its id and status."""
        selector = {"repositoryLocationName": LOCATION, "repositoryName": REPOSITORY, "jobName": job}
        every = {**tags, "dagster/partition": partition}
        params = {
            "selector": selector,
            "runConfigData": config,
            "executionMetadata": {"tags": [{"key": k, "value": v} for k, v in every.items()]},
            "mode": "default",
        }
        answer = self._ask(_LAUNCH, {"params": params})["launchRun"]
        if answer["__typename"] != "LaunchRunSuccess":
            faults = "; ".join(fault["message"] for fault in answer.get("errors", []))
            message = (
                f"Dagster did not start {job}: {answer.get('message') or faults or answer['__typename']}"
            )
            raise FailedError(message[:500], next_step=f"Dagster's UI is at {self.url}.")
        return answer["run"]["runId"], answer["run"]["status"]

    def runs(
        self,
        *,
        job: str | None = None,
        tags: Mapping[str, str] | None = None,
        statuses: Sequence[str] = (),
        limit: int = 50,
    ) -> list[RunRecord]:
        """Runs, newest first."""
        wanted: dict[str, Any] = {}
        if job:
            wanted["pipelineName"] = job
        if tags:
            wanted["tags"] = [{"key": key, "value": value} for key, value in tags.items()]
        if statuses:
            wanted["statuses"] = list(statuses)
        answer = self._ask(_RUNS, {"filter": wanted, "limit": limit})["runsOrError"]
        return [_record(run) for run in answer.get("results", [])]

    def run(self, run_id: str) -> RunRecord:
        """One run. Raises `NotFoundError`."""
        answer = self._ask(_ONE, {"id": run_id})["runOrError"]
        if answer["__typename"] != "Run":
            thing = "run"
            raise NotFoundError(thing, value=run_id, next_step="GET /api/v1/runs lists them.")
        return _record(answer)

    def failure(self, run_id: str) -> str | None:
        """The last message of level error of a run."""
        answer = self._ask(_FAILURE, {"id": run_id})["logsForRun"]
        lines = [e["message"] for e in answer.get("events", []) if e.get("level") in {"ERROR", "CRITICAL"}]
        return lines[-1][:1000] if lines else None

    def terminate(self, run_id: str) -> None:
        """Ends a run."""
        answer = self._ask(_TERMINATE, {"id": run_id})["terminateRun"]
        if answer["__typename"] not in {"TerminateRunSuccess", "TerminateRunFailure"}:
            message = f"Dagster did not cancel {run_id}: {answer.get('message') or answer['__typename']}"
            raise FailedError(message[:500], next_step=f"Dagster's UI is at {self.url}.")

    def _ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = self._client.post("/graphql", json={"query": query, "variables": variables})
            answer.raise_for_status()
            document = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            message = f"No Dagster answers at {self.url} ({type(error).__name__})"
            step = "Start it with `arb up`, or set ARB_DAGSTER_API to the address of its web server."
            raise UnavailableError(message, next_step=step) from None
        if document.get("errors"):
            message = f"Dagster refused the request: {document['errors'][0].get('message', '')[:300]}"
            raise FailedError(message)
        data: dict[str, Any] = document["data"]
        return data


def _record(run: Mapping[str, Any]) -> RunRecord:
    stats = {step["stepKey"]: step["status"] for step in run.get("stepStats") or ()}
    running = [key for key, status in stats.items() if status in {"IN_PROGRESS", "STARTED", None}]
    plan = run.get("executionPlan") or {"steps": []}
    return RunRecord(
        run_id=run["runId"],
        job=run["jobName"],
        status=run["status"],
        tags={tag["key"]: tag["value"] for tag in run["tags"]},
        steps=tuple(step["key"] for step in plan["steps"]),
        done=tuple(key for key, status in stats.items() if status in {"SUCCESS", "SKIPPED", "FAILURE"}),
        current=running[0] if running else None,
        created_at=_instant(run.get("creationTime")),
        started_at=_instant(run.get("startTime")),
        ended_at=_instant(run.get("endTime")),
    )


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
