import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { api, idempotencyKey, unwrap } from "@/api/client";
import { useSession } from "@/shared/session/session";
import { Button } from "@/shared/ui/button";
import { ProblemNote } from "@/shared/ui/states";

/** Starts a run that fetches this product's prices; for operators. */
export function RefreshPrice({ productId }: { productId: string }): ReactElement | null {
  const { can } = useSession();
  const refresh = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/products/{product_id}/refresh-price", {
          params: { path: { product_id: productId } },
          headers: { "Idempotency-Key": idempotencyKey() },
        }),
      ),
  });
  if (!can("operate")) return null;
  return (
    <>
      {refresh.isError && <ProblemNote error={refresh.error} />}
      {refresh.data ? (
        <Link to="/runs/$runId" params={{ runId: refresh.data.run_id }} className="text-accent underline">
          Run started
        </Link>
      ) : (
        <Button busy={refresh.isPending} onClick={() => refresh.mutate()}>
          Refresh price
        </Button>
      )}
    </>
  );
}
