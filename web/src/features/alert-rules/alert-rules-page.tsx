import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactElement, Suspense, useState } from "react";
import { api, idempotencyKey, type Schemas, unwrap } from "@/api/client";
import { words } from "@/shared/format/format";
import { PlainTable } from "@/shared/table/data-table";
import { Badge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { Page, Panel } from "@/shared/ui/page";
import { QueryView } from "@/shared/ui/query-view";
import { ProblemNote, StateView } from "@/shared/ui/states";
import { Ago } from "@/shared/value/value";

const RuleDialog = lazy(async () => ({ default: (await import("./rule-dialog")).RuleDialog }));

export type AlertRule = Schemas["AlertRule"];

/** A rule's conditions in words. */
export function conditions(rule: Record<string, unknown>): string {
  const parts = Object.entries(rule)
    .filter(([name, value]) => !["targets", "name", "digest", "quiet_hours", "max_per_message", "on", "change_percent"].includes(name) && value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => `${words(name).toLowerCase()} ${Array.isArray(value) ? value.join(" or ") : String(value)}`);
  return parts.length > 0 ? parts.join(", ") : "every opportunity";
}

export function AlertRulesPage(): ReactElement {
  const client = useQueryClient();
  const query = useQuery({ queryKey: ["alert-rules"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/alert-rules", { signal })) });
  const [edited, setEdited] = useState<AlertRule | "new" | null>(null);
  const remove = useMutation({
    mutationFn: (name: string) => unwrap(api.DELETE("/api/v1/alert-rules/{name}", { params: { path: { name } }, headers: { "Idempotency-Key": idempotencyKey() } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["alert-rules"] }),
  });
  return (
    <Page
      title="Alert rules"
      lead="Which opportunities trigger a message, and to which targets. Rules of the file win over those of the database."
      actions={
        <Button look="primary" disabled={!query.data} onClick={() => setEdited("new")}>
          New rule
        </Button>
      }
    >
      {remove.isError && <ProblemNote error={remove.error} />}
      <Panel title="Rules" note={query.data && (query.data.targets.length > 0 ? `targets: ${query.data.targets.join(", ")}` : "no targets are configured: set ARB_ALERTS to a rule file that names them")}>
        <QueryView query={query} label="rules">
          {({ items }) =>
            items.length === 0 ? (
              <StateView title="No rules" headingLevel={3}>
                Nobody is alerted. Add a rule here, or in the file that ARB_ALERTS names.
              </StateView>
            ) : (
              <PlainTable
                label="Alert rules"
                rows={items}
                rowId={(rule) => `${rule.origin}${rule.name}`}
                columns={[
                  { id: "name", header: "Rule", value: (rule) => rule.name, cell: (rule) => <span className="font-medium">{rule.name}</span> },
                  { id: "when", header: "Alerts on", value: (rule) => conditions(rule.rule), cell: (rule) => <span className="text-muted">{conditions(rule.rule)}</span> },
                  { id: "targets", header: "Targets", value: (rule) => String(rule.rule.targets), cell: (rule) => [rule.rule.targets].flat().join(", ") },
                  {
                    id: "state",
                    header: "State",
                    value: (rule) => rule.is_active,
                    cell: (rule) => (
                      <span className="flex gap-1">
                        <Badge tone={rule.is_active ? "gain" : "neutral"}>{rule.is_active ? "Active" : "Off"}</Badge>
                        <Badge>{rule.origin}</Badge>
                      </span>
                    ),
                  },
                  { id: "updated", header: "Changed", value: (rule) => rule.updated_at, cell: (rule) => <Ago at={rule.updated_at} />, align: "right" },
                  {
                    id: "edit",
                    header: "Change",
                    value: () => null,
                    cell: (rule) =>
                      rule.origin === "file" ? (
                        <span className="text-muted">in the file</span>
                      ) : (
                        <span className="inline-flex gap-1">
                          <Button className="min-h-7! py-0.5!" onClick={() => setEdited(rule)} aria-label={`Edit rule ${rule.name}`}>
                            Edit
                          </Button>
                          <Button className="min-h-7! py-0.5!" look="danger" busy={remove.isPending && remove.variables === rule.name} onClick={() => remove.mutate(rule.name)} aria-label={`Delete rule ${rule.name}`}>
                            Delete
                          </Button>
                        </span>
                      ),
                    align: "right",
                  },
                ]}
              />
            )
          }
        </QueryView>
      </Panel>
      {edited && query.data && (
        <Suspense>
          <RuleDialog rule={edited === "new" ? null : edited} targets={query.data.targets} onClose={() => setEdited(null)} />
        </Suspense>
      )}
    </Page>
  );
}
