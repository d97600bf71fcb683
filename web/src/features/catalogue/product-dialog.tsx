import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { api, idempotencyKey, type Schemas, unwrap, withEtag } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import { TextArea, TextField } from "@/shared/ui/field";
import { FormEnd, Modal } from "@/shared/ui/modal";

type Product = Schemas["Product"];
type Update = Schemas["ProductUpdate"];

const IDS = ["tcg_product_id", "ebay_product_id", "amazon_asin"] as const;

/** Only the fields that differ from the product as it was read; empty texts become null. */
export function changes(product: Product, draft: Partial<Record<keyof Update, string | boolean>>): Update {
  const changes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(draft)) {
    if (name === "reason") continue;
    const next = value === "" ? null : value;
    if (next !== ((product as unknown as Record<string, unknown>)[name] ?? null)) changes[name] = next;
  }
  return changes;
}

/** Our own fields of a product, and corrections of its ids, which need a reason and outlive every reload. */
export function ProductDialog({ product, onClose }: { product: Product; onClose: () => void }): ReactElement {
  const client = useQueryClient();
  const read = useQuery({
    queryKey: ["products", product.id, "with-etag"],
    queryFn: ({ signal }) => withEtag(api.GET("/api/v1/products/{product_id}", { params: { path: { product_id: product.id } }, signal })),
    staleTime: 0,
  });
  const [draft, setDraft] = useState({
    description: product.description ?? "",
    tcg_product_id: product.tcg_product_id ?? "",
    ebay_product_id: product.ebay_product_id ?? "",
    amazon_asin: product.amazon_asin ?? "",
    is_active: product.is_active,
    is_featured: product.is_featured,
  });
  const [reason, setReason] = useState("");
  const [isChecked, setChecked] = useState(false);
  const change = changes(product, draft);
  const isId = IDS.some((name) => name in change);
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        api.PUT("/api/v1/products/{product_id}", {
          params: { path: { product_id: product.id } },
          headers: { "Idempotency-Key": idempotencyKey(), ...(read.data?.etag ? { "If-Match": read.data.etag } : {}) },
          body: { ...change, ...(isId ? { reason: reason.trim() } : {}) },
        }),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["products"] });
      onClose();
    },
  });
  const fields = save.error instanceof ApiProblem ? save.error.fields() : {};
  const field = (name: (typeof IDS)[number], label: string): ReactElement => (
    <TextField label={label} value={draft[name]} onChange={(event) => setDraft({ ...draft, [name]: event.target.value.trim() })} error={fields[name]} />
  );
  return (
    <Modal title="Edit the product" onClose={onClose}>
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          setChecked(true);
          if (Object.keys(change).length === 0) onClose();
          else if ((!isId || reason.trim()) && !save.isPending) save.mutate();
        }}
      >
        <p className="text-muted">{product.name}</p>
        <div className="grid gap-3 sm:grid-cols-3">
          {field("tcg_product_id", "TCGplayer id")}
          {field("ebay_product_id", "eBay id")}
          {field("amazon_asin", "Amazon ASIN")}
        </div>
        {isId && (
          <TextField
            label="Reason of the correction"
            hint="Recorded with it; the correction outlives every reload of the source."
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            error={fields.reason ?? (isChecked && !reason.trim() ? "Name the reason." : undefined)}
          />
        )}
        <TextArea label="Description" rows={3} value={draft.description} onChange={(event) => setDraft({ ...draft, description: event.target.value })} error={fields.description} />
        <label className="flex items-center gap-2">
          <input type="checkbox" className="size-4" checked={draft.is_featured} onChange={(event) => setDraft({ ...draft, is_featured: event.target.checked })} />
          Featured: shown first
        </label>
        <label className="flex items-center gap-2">
          <input type="checkbox" className="size-4" checked={draft.is_active} onChange={(event) => setDraft({ ...draft, is_active: event.target.checked })} />
          Active: takes part in analyses
        </label>
        <FormEnd sent={save} onClose={onClose}>
          Save
        </FormEnd>
      </form>
    </Modal>
  );
}
