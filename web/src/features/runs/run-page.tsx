import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { api, idempotencyKey, unwrap } from "@/api/client";
import { duration } from "@/shared/format/format";
import { useSession } from "@/shared/session/session";
import { StatusBadge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { Facts, Page, Panel } from "@/shared/ui/page";
import { QueryView } from "@/shared/ui/query-view";
import { Notice, ProblemNote } from "@/shared/ui/states";
import { Ago, NoValue } from "@/shared/value/value";
import { isUnderWay, runtime } from "./runs-page";

export function RunPage(): ReactElement {
  const { runId } = useParams({ from: "/app/runs/$runId" });
  const { can } = useSession();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["runs", runId],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: runId } }, signal })),
    refetchInterval: (state) => (state.state.data && isUnderWay(state.state.data) ? 2000 : false),
  });
  const cancel = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/runs/{run_id}/cancel", { params: { path: { run_id: runId } }, headers: { "Idempotency-Key": idempotencyKey() } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["runs"] }),
  });
  return (
    <Page
      title={query.data ? `Run of ${query.data.job}` : "Run"}
      wide={false}
      lead={
        can("operate") && (
          <Link to="/runs" className="text-accent hover:underline">
            All runs
          </Link>
        )
      }
      actions={
        query.data &&
        isUnderWay(query.data) &&
        can("operate") && (
          <Button look="danger" busy={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel the run
          </Button>
        )
      }
    >
      {cancel.isError && <ProblemNote error={cancel.error} />}
      <QueryView query={query} label="the run">
        {(run) => (
          <>
            {run.error && <Notice tone="warn">{run.error}</Notice>}
            <Panel title="Progress">
              <div role="status" className="mb-4 flex flex-col gap-1.5">
                <span className="flex flex-wrap items-center gap-2">
                  <StatusBadge status={run.state} />
                  {run.steps_done} of {run.steps_total} steps{run.step && `, now ${run.step}`}
                  {run.seconds_left !== null && isUnderWay(run) && `, about ${duration(run.seconds_left)} left`}
                </span>
                <progress className="h-2 w-full" max={Math.max(1, run.steps_total)} value={run.steps_done} aria-label="Steps done" />
              </div>
              <Facts
                items={[
                  ["Started by", run.started_by ?? <NoValue key="by" reason="Not recorded" />],
                  ["Started", <Ago key="at" at={run.started_at} />],
                  ["Took", runtime(run)],
                  ["Partition", run.partition ?? "–"],
                  [
                    "In Dagster",
                    <a key="url" href={run.url} target="_blank" rel="noopener noreferrer" className="text-accent underline">
                      Open <span className="sr-only">the run in Dagster (new tab)</span>
                    </a>,
                  ],
                  ...(run.next_run_id
                    ? ([
                        [
                          "Analysis that follows",
                          <Link key="next" to="/runs/$runId" params={{ runId: run.next_run_id }} className="text-accent underline">
                            Open
                          </Link>,
                        ],
                      ] as [string, ReactElement][])
                    : []),
                ]}
              />
            </Panel>
          </>
        )}
      </QueryView>
    </Page>
  );
}
