"""A Dagster web server of tests: answers the GraphQL that `storage.dagster_api` asks."""

import httpx2
import orjson


class Dagster:
    """A web server with one code location: runs that were launched stay under way until ended."""

    def __init__(self) -> None:
        self.runs: list[dict] = []
        self.is_up = True

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if not self.is_up:
            raise httpx2.ConnectError("refused")
        body = orjson.loads(request.content)
        variables = body["variables"]
        if "launchRun" in body["query"]:
            params = variables["params"]
            run = {
                "runId": f"{len(self.runs):08d}-0000", "jobName": params["selector"]["jobName"],
                "status": "QUEUED", "creationTime": 1.0, "startTime": None, "endTime": None,
                "tags": params["executionMetadata"]["tags"], "stepStats": [],
                "executionPlan": {"steps": [{"key": "a"}, {"key": "b"}]}, "config": params["runConfigData"],
            }  # fmt: skip
            self.runs.insert(0, run)
            return self._answer("launchRun", {"__typename": "LaunchRunSuccess", "run": run})
        if "runsOrError" in body["query"]:
            return self._answer(
                "runsOrError", {"__typename": "Runs", "results": self._found(variables["filter"])}
            )
        if "terminateRun" in body["query"]:
            self._one(variables["id"])["status"] = "CANCELED"
            return self._answer("terminateRun", {"__typename": "TerminateRunSuccess"})
        if "logsForRun" in body["query"]:
            events = [{"__typename": "RunFailureEvent", "message": "a step failed", "level": "ERROR"}]
            return self._answer("logsForRun", {"__typename": "EventConnection", "events": events})
        run = self._one(variables["id"])
        return self._answer(
            "runOrError", {"__typename": "Run", **run} if run else {"__typename": "RunNotFoundError"}
        )

    def _answer(self, name: str, value: dict) -> httpx2.Response:
        return httpx2.Response(200, json={"data": {name: value}})

    def _one(self, run_id: str) -> dict | None:
        return next((run for run in self.runs if run["runId"] == run_id), None)

    def _found(self, wanted: dict) -> list[dict]:
        def fits(run: dict) -> bool:
            tags = {tag["key"]: tag["value"] for tag in run["tags"]}
            return (
                wanted.get("pipelineName") in (None, run["jobName"])
                and all(tags.get(tag["key"]) == tag["value"] for tag in wanted.get("tags", []))
                and ("statuses" not in wanted or run["status"] in wanted["statuses"])
            )

        return [run for run in self.runs if fits(run)]
