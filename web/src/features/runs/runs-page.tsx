import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { api, type Schemas, unwrap } from "@/api/client";
import { duration } from "@/shared/format/format";
import { PlainTable } from "@/shared/table/data-table";
import { StatusBadge } from "@/shared/ui/badge";
import { Page, Panel } from "@/shared/ui/page";
import { QueryView } from "@/shared/ui/query-view";
import { StateView } from "@/shared/ui/states";
import { Ago } from "@/shared/value/value";

export type Run = Schemas["Run"];

const UNDER_WAY = new Set(["queued", "starting", "running", "cancelling"]);

export function isUnderWay(run: Pick<Run, "state">): boolean {
  return UNDER_WAY.has(run.state);
}

export function runtime(run: Pick<Run, "started_at" | "ended_at">, now = new Date()): string {
  if (!run.started_at) return "–";
  return duration(((run.ended_at ? new Date(run.ended_at) : now).getTime() - new Date(run.started_at).getTime()) / 1000);
}

export function RunsPage(): ReactElement {
  const query = useQuery({
    queryKey: ["runs"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/runs", { params: { query: { limit: 100 } }, signal })),
    refetchInterval: (state) => (state.state.data?.items.some(isUnderWay) ? 3000 : false),
  });
  return (
    <Page title="Runs" lead="What the pipeline did and does: fetching, analysing, publishing.">
      <Panel title="Newest runs">
        <QueryView query={query} label="runs">
          {({ items }) =>
            items.length === 0 ? (
              <StateView title="No runs">None has been started through Dagster. make up starts it with its schedules.</StateView>
            ) : (
              <PlainTable
                label="Runs"
                rows={items}
                rowId={(run) => run.run_id}
                columns={[
                  {
                    id: "job",
                    header: "Job",
                    value: (run) => run.job,
                    cell: (run) => (
                      <Link to="/runs/$runId" params={{ runId: run.run_id }} className="font-medium text-accent hover:underline">
                        {run.job}
                        {run.partition && <span className="text-muted"> {run.partition}</span>}
                      </Link>
                    ),
                  },
                  { id: "state", header: "State", value: (run) => run.state, cell: (run) => <StatusBadge status={run.state} /> },
                  { id: "progress", header: "Progress", value: (run) => run.steps_done, cell: (run) => `${run.steps_done} of ${run.steps_total} steps` },
                  { id: "by", header: "Started by", value: (run) => run.started_by },
                  { id: "started", header: "Started", value: (run) => run.started_at, cell: (run) => <Ago at={run.started_at} />, align: "right" },
                  { id: "time", header: "Took", value: (run) => run.ended_at, cell: (run) => runtime(run), align: "right" },
                ]}
              />
            )
          }
        </QueryView>
      </Panel>
    </Page>
  );
}
