import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense, useState } from "react";
import { api, type Schemas, unwrap } from "@/api/client";
import { day, words } from "@/shared/format/format";
import { useSession } from "@/shared/session/session";
import { PlainTable } from "@/shared/table/data-table";
import { Badge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { Page, Panel } from "@/shared/ui/page";
import { QueryView } from "@/shared/ui/query-view";
import { StateView } from "@/shared/ui/states";
import { shownValue } from "./value";

const ParameterDialog = lazy(async () => ({ default: (await import("./parameter-dialog")).ParameterDialog }));

export type Parameter = Schemas["ParameterValue"];
const ORIGINS = { shipped: "neutral", database: "accent", file: "warn" } as const;

export function ParametersPage(): ReactElement {
  const search = useSearch({ from: "/app/parameters" });
  const navigate = useNavigate({ from: "/parameters" });
  const { can } = useSession();
  const [edited, setEdited] = useState<Parameter | null>(null);
  const query = useQuery({ queryKey: ["parameters"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/parameters", { signal })) });
  return (
    <Page title="Parameters" lead="Every constant of the valuation: dated, with its unit and source. A file wins over the database, the database over what is shipped.">
      <search className="flex flex-wrap items-center gap-2">
        <input
          type="search"
          aria-label="Search parameters"
          placeholder="min_margin, fee, publish"
          className="field min-w-0 flex-[1_1_16rem] sm:max-w-md"
          value={search.q ?? ""}
          onChange={(event) => void navigate({ search: { ...search, q: event.target.value || undefined }, replace: true, resetScroll: false })}
        />
        <select
          aria-label="Origin"
          className="field"
          value={search.origin ?? ""}
          onChange={(event) => void navigate({ search: { ...search, origin: (event.target.value || undefined) as typeof search.origin }, replace: true })}
        >
          <option value="">Any origin</option>
          <option value="shipped">Shipped</option>
          <option value="database">Database</option>
          <option value="file">File</option>
        </select>
      </search>
      <QueryView query={query} label="parameters">
        {({ items }) => {
          const text = (search.q ?? "").toLowerCase();
          const matching = items.filter((item) => (search.origin === undefined || item.origin === search.origin) && `${item.group} ${item.key} ${item.source} ${item.unit}`.toLowerCase().includes(text));
          const groups = [...new Set(matching.map((item) => item.group))];
          if (matching.length === 0) {
            return (
              <div className="card">
                <StateView title="No parameter matches" action={<Button onClick={() => void navigate({ search: {} })}>Clear filters</Button>} />
              </div>
            );
          }
          return (
            <div className="flex flex-col gap-3">
              {groups.map((group) => (
                <Panel key={group} title={words(group)}>
                  <PlainTable
                    label={`Parameters of ${group}`}
                    rows={matching.filter((item) => item.group === group)}
                    rowId={(item) => item.key}
                    columns={[
                      { id: "key", header: "Parameter", value: (item) => item.key, cell: (item) => <code>{item.key}</code> },
                      { id: "value", header: "Value", value: (item) => shownValue(item.value), cell: (item) => <span className={`tabular-nums ${shownValue(item.value).length > 12 ? "inline-block min-w-32 wrap-anywhere whitespace-normal" : ""}`}>{shownValue(item.value)}</span>, align: "right" },
                      { id: "unit", header: "Unit", value: (item) => item.unit, cell: (item) => <span className="text-muted">{item.unit}</span> },
                      {
                        id: "origin",
                        header: "From",
                        value: (item) => item.origin,
                        cell: (item) => (
                          <span>
                            <Badge tone={ORIGINS[item.origin]}>{item.origin}</Badge>
                            {item.origin !== "shipped" && <span className="block text-xs text-muted">shipped: {shownValue(item.shipped_value)}</span>}
                          </span>
                        ),
                      },
                      {
                        id: "source",
                        header: "Source",
                        value: (item) => item.source,
                        cell: (item) => (
                          <span className="block min-w-56 text-sm text-muted wrap-anywhere">
                            {item.source}
                            {item.checked_on && `, checked ${day(item.checked_on)}`}
                          </span>
                        ),
                      },
                      {
                        id: "edit",
                        header: "Change",
                        value: () => null,
                        cell: (item) =>
                          item.origin === "file" ? (
                            <span className="text-muted">in the file</span>
                          ) : can("administer") ? (
                            <Button className="min-h-7! py-0.5!" onClick={() => setEdited(item)} aria-label={`Change ${item.group}.${item.key}`}>
                              Change
                            </Button>
                          ) : null,
                        align: "right",
                      },
                    ]}
                  />
                </Panel>
              ))}
            </div>
          );
        }}
      </QueryView>
      {edited && (
        <Suspense>
          <ParameterDialog parameter={edited} onClose={() => setEdited(null)} />
        </Suspense>
      )}
    </Page>
  );
}
