import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense, useState } from "react";
import { api, idempotencyKey, unwrap } from "@/api/client";
import { useSession } from "@/shared/session/session";
import { Button } from "@/shared/ui/button";
import { ProblemNote } from "@/shared/ui/states";
import { useNow } from "@/shared/value/use-now";
import { isOpen } from "./life";
import { opportunityOfQuery } from "./queries";

const ExecuteDialog = lazy(async () => ({ default: (await import("./execute-dialog")).ExecuteDialog }));

/** Execute and cancel, for buyers, while the opportunity is active. */
export function OpportunityActions({ productId }: { productId: string }): ReactElement | null {
  const { can } = useSession();
  const client = useQueryClient();
  const now = useNow();
  const { data } = useQuery(opportunityOfQuery(productId));
  const [open, setOpen] = useState<"execute" | "cancel" | null>(null);
  const [isRecorded, setRecorded] = useState(false);
  const cancel = useMutation({
    mutationFn: () =>
      unwrap(
        api.DELETE("/api/v1/opportunities/{opportunity_id}", {
          params: { path: { opportunity_id: data!.opportunity.id } },
          headers: { "Idempotency-Key": idempotencyKey(), ...(data!.etag ? { "If-Match": data!.etag } : {}) },
        }),
      ),
    onSuccess: () => {
      setOpen(null);
      void client.invalidateQueries({ queryKey: ["opportunities"] });
    },
  });
  if (!data || !can("buy")) return null;
  const { opportunity, etag } = data;
  if (!isOpen(opportunity, now)) {
    return isRecorded ? (
      <span role="status" className="text-gain">
        Purchase recorded.{" "}
        <Link to="/portfolio" className="underline">
          Open the portfolio
        </Link>
      </span>
    ) : null;
  }
  return (
    <>
      {open === "cancel" ? (
        <span className="flex flex-wrap items-center gap-2" role="group" aria-label="Cancel the opportunity">
          <span>A later analysis may open it again.</span>
          <Button look="danger" busy={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel it
          </Button>
          <Button onClick={() => setOpen(null)}>Keep it</Button>
        </span>
      ) : (
        <Button onClick={() => setOpen("cancel")}>Cancel</Button>
      )}
      <Button look="primary" onClick={() => setOpen("execute")}>
        Execute
      </Button>
      {isRecorded && (
        <span role="status" className="text-gain">
          Purchase recorded.{" "}
          <Link to="/portfolio" className="underline">
            Open the portfolio
          </Link>
        </span>
      )}
      {cancel.isError && <ProblemNote error={cancel.error} />}
      {open === "execute" && (
        <Suspense>
          <ExecuteDialog
            opportunity={opportunity}
            etag={etag}
            onClose={() => setOpen(null)}
            onDone={() => {
              setOpen(null);
              setRecorded(true);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
