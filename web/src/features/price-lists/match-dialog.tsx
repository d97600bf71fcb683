import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { api, idempotencyKey, unwrap } from "@/api/client";
import { ProductPicker } from "@/shared/products/product-picker";
import { Button } from "@/shared/ui/button";
import { Modal } from "@/shared/ui/modal";
import { ProblemNote } from "@/shared/ui/states";
import { given, type Row } from "./price-list-page";

/** Says which product a row means; the row is then valued again. */
export function MatchDialog({ listId, row, onClose }: { listId: string; row: Row; onClose: () => void }): ReactElement {
  const client = useQueryClient();
  const [product, setProduct] = useState<string | undefined>(row.product_id ?? undefined);
  const match = useMutation({
    mutationFn: () =>
      unwrap(
        api.PUT("/api/v1/price-lists/{price_list_id}/rows/{line}", {
          params: { path: { price_list_id: listId, line: row.line } },
          headers: { "Idempotency-Key": idempotencyKey() },
          body: { product_id: product! },
        }),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["price-lists", listId] });
      onClose();
    },
  });
  return (
    <Modal title={`Line ${row.line}: which product is it?`} onClose={onClose}>
      <div className="flex flex-col gap-4">
        <p className="rounded bg-sunken px-3 py-2">{given(row)}</p>
        {row.reason && <p className="text-muted">{row.reason}</p>}
        {row.candidates.length > 0 && (
          <fieldset className="flex flex-col gap-1">
            <legend className="mb-1 font-medium">Candidates</legend>
            {row.candidates.map((candidate) => (
              <label key={candidate.product_id} className="flex items-center gap-2 rounded px-2 py-1 hover:bg-hover">
                <input type="radio" name="candidate" className="size-4" checked={product === candidate.product_id} onChange={() => setProduct(candidate.product_id)} />
                {candidate.name}
                <span className="text-xs text-muted">{candidate.set_code?.toUpperCase()}</span>
              </label>
            ))}
          </fieldset>
        )}
        <ProductPicker label={row.candidates.length > 0 ? "Or another product" : "Product"} productId={product} onChange={setProduct} autoFocus />
        {match.isError && <ProblemNote error={match.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button look="primary" disabled={!product || product === row.product_id} busy={match.isPending} onClick={() => match.mutate()}>
            Use this product
          </Button>
        </div>
      </div>
    </Modal>
  );
}
