import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { api, type Schemas, unwrap } from "@/api/client";
import { words } from "@/shared/format/format";
import { Button } from "@/shared/ui/button";
import { TextField } from "@/shared/ui/field";
import { Page } from "@/shared/ui/page";
import { ProblemView, SkeletonRows, StateView } from "@/shared/ui/states";
import { Ago } from "@/shared/value/value";

type Entry = Schemas["AuditEntry"];
export type Change = { name: string; before: string; after: string };

function shown(value: unknown): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The fields in which two states differ. */
export function differences(before: Record<string, unknown> | null, after: Record<string, unknown> | null): Change[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names.map((name) => ({ name, before: shown(before?.[name]), after: shown(after?.[name]) })).filter((change) => change.before !== change.after);
}

export function AuditPage(): ReactElement {
  const search = useSearch({ from: "/app/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const [action, setAction] = useState(search.action ?? "");
  const query = useInfiniteQuery({
    queryKey: ["audit", search],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/v1/audit", { params: { query: { limit: 100, cursor: pageParam, action: search.action, object_type: search.object_type, object_id: search.object_id } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: 0,
  });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title="Audit log" lead="Every write: who, what, before, after. Addresses are removed after 90 days.">
      <search>
        <form
          className="flex flex-wrap items-end gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            void navigate({ search: { ...search, action: action.trim() === "" ? undefined : action.trim() } });
          }}
        >
          <TextField label="Action" placeholder="execute_opportunity" value={action} onChange={(event) => setAction(event.target.value)} />
          <Button type="submit">Filter</Button>
          {(search.action ?? search.object_type ?? search.object_id) && (
            <Button
              look="quiet"
              onClick={() => {
                setAction("");
                void navigate({ search: {} });
              }}
            >
              Clear filters
            </Button>
          )}
        </form>
      </search>
      {query.isError && items.length === 0 ? (
        <ProblemView error={query.error} retry={() => void query.refetch()} />
      ) : query.isPending ? (
        <div className="card">
          <SkeletonRows label="the audit log" />
        </div>
      ) : items.length === 0 ? (
        <div className="card">
          <StateView title="No entries">Nothing was written yet, or the filter leaves none.</StateView>
        </div>
      ) : (
        <ol aria-label="Audit log" className="card divide-y divide-line">
          {items.map((entry) => (
            <Item key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
      {query.hasNextPage && (
        <div>
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load older entries
          </Button>
        </div>
      )}
    </Page>
  );
}

function Item({ entry }: { entry: Entry }): ReactElement {
  const changes = differences(entry.before, entry.after);
  return (
    <li className="px-3 py-2">
      <details>
        <summary className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
          <span className="font-medium">{words(entry.action)}</span>
          <span className="min-w-0 text-muted wrap-anywhere">
            {entry.object_type} {entry.object_id}
          </span>
          <span className="ml-auto text-muted">
            {entry.user_name ?? (entry.user_id ? "erased user" : "command line")}
            {entry.api_key_id && " by key"} · <Ago at={entry.at} />
          </span>
        </summary>
        <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
          {changes.map((change) => (
            <div key={change.name} className="col-span-2 grid grid-cols-subgrid">
              <dt className="text-muted">{change.name}</dt>
              <dd className="wrap-anywhere">
                <del className="text-loss no-underline">{change.before}</del> → <ins className="text-gain no-underline">{change.after}</ins>
              </dd>
            </div>
          ))}
          {changes.length === 0 && <div className="col-span-2 text-muted">No fields changed.</div>}
          <div className="col-span-2 text-xs text-muted">
            request {entry.request_id ?? "–"}, address {entry.address ?? "removed"}
          </div>
        </dl>
      </details>
    </li>
  );
}
