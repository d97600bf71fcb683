import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactElement, Suspense, useState } from "react";
import { api, idempotencyKey, unwrap } from "@/api/client";
import { useSession } from "@/shared/session/session";
import { Button } from "@/shared/ui/button";
import { schedule, useIsUnderWay } from "@/shared/undo/undo";
import { useNow } from "@/shared/value/use-now";
import { isOpen } from "./life";
import { opportunityOfQuery } from "./queries";

const ExecuteDialog = lazy(async () => ({ default: (await import("./execute-dialog")).ExecuteDialog }));

/** Execute and cancel, for buyers, while the opportunity is active. Both can be taken back for a few seconds. */
export function OpportunityActions({ productId }: { productId: string }): ReactElement | null {
  const { can } = useSession();
  const client = useQueryClient();
  const now = useNow();
  const { data } = useQuery(opportunityOfQuery(productId));
  const [isExecuting, setExecuting] = useState(false);
  const isUnderWay = useIsUnderWay(data?.opportunity.id ?? "");
  if (!data || !can("buy")) return null;
  const { opportunity, etag } = data;
  if (isUnderWay || !isOpen(opportunity, now)) return null;
  const cancel = (): void => {
    const key = idempotencyKey();
    schedule({
      subject: opportunity.id,
      doing: `Cancelling the opportunity ${opportunity.name}: it leaves the list until a later analysis finds it again.`,
      done: `Opportunity cancelled: ${opportunity.name}.`,
      send: async ({ keepalive }) => {
        await unwrap(
          api.DELETE("/api/v1/opportunities/{opportunity_id}", {
            params: { path: { opportunity_id: opportunity.id } },
            headers: { "Idempotency-Key": key, ...(etag ? { "If-Match": etag } : {}) },
            keepalive,
          }),
        );
        await client.invalidateQueries({ queryKey: ["opportunities"] });
      },
    });
  };
  return (
    <>
      <Button onClick={cancel}>Cancel opportunity</Button>
      <Button look="primary" onClick={() => setExecuting(true)}>
        Execute
      </Button>
      {isExecuting && (
        <Suspense>
          <ExecuteDialog opportunity={opportunity} etag={etag} onClose={() => setExecuting(false)} />
        </Suspense>
      )}
    </>
  );
}
