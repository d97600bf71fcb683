import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { money, words } from "@/shared/format/format";
import { Panel } from "@/shared/ui/page";
import { QueryView } from "@/shared/ui/query-view";
import { StateView } from "@/shared/ui/states";
import { Ago, Day } from "@/shared/value/value";
import { eventsQuery, opportunityOfQuery } from "./queries";

/** Everything that happened to the product's newest opportunity, newest first. */
export function History({ productId }: { productId: string }): ReactElement | null {
  const opportunity = useQuery(opportunityOfQuery(productId));
  if (!opportunity.data) return null;
  return (
    <Panel title="Life of the opportunity" note="by the day of the prices">
      <Events opportunityId={opportunity.data.opportunity.id} />
    </Panel>
  );
}

function detail(details: Record<string, unknown>): string {
  return Object.entries(details)
    .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value))
    .map(([name, value]) =>
      name === "why"
        ? String(value)
        : name.endsWith("_cents") && typeof value === "number"
          ? `${words(name.slice(0, -6)).toLowerCase()} ${money((value / 100).toFixed(2))}`
          : `${words(name).toLowerCase()}: ${String(value)}`,
    )
    .join(", ");
}

function Events({ opportunityId }: { opportunityId: string }): ReactElement {
  const query = useQuery(eventsQuery(opportunityId));
  return (
    <QueryView query={query} label="events">
      {({ items }) =>
        items.length === 0 ? (
          <StateView title="No events" headingLevel={3} />
        ) : (
          <ol className="flex flex-col gap-2">
            {[...items].reverse().map((event) => (
              <li key={event.id} className="grid grid-cols-[8.5rem_1fr] gap-x-3">
                <span className="text-muted">
                  <Day value={event.as_of} />
                </span>
                <span className="min-w-0">
                  <span className="font-medium">{words(event.event)}</span> <span className="text-sm text-muted">recorded <Ago at={event.created_at} /></span>
                  <span className="block text-sm text-muted wrap-anywhere">{detail(event.details)}</span>
                </span>
              </li>
            ))}
          </ol>
        )
      }
    </QueryView>
  );
}
