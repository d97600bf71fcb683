import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { api, idempotencyKey, type Schemas, unwrap, withEtag } from "@/api/client";
import { day, money } from "@/shared/format/format";
import { Button } from "@/shared/ui/button";
import { readAmount, readCount, TextArea, TextField } from "@/shared/ui/field";
import { Modal } from "@/shared/ui/modal";
import { PurchaseFields } from "@/shared/ui/purchase-fields";
import { ProblemNote, ProblemView, SkeletonRows } from "@/shared/ui/states";
import { KIND_WORDS } from "./sale-kinds";
import type { Purchase } from "./portfolio-page";

/** Fields of the form that differ from the purchase, as the API takes them; null: one of them is no value. */
export function changesOf(purchase: Purchase, typed: { quantity: string; price: string; boughtOn: string; notes: string }): Schemas["PurchaseUpdate"] | null {
  const [quantity, price] = [readCount(typed.quantity), readAmount(typed.price)];
  if (quantity === null || price === null || typed.boughtOn === "") return null;
  const notes = typed.notes.trim() || null;
  return {
    ...(quantity === purchase.quantity ? {} : { quantity }),
    ...(Number(price) === Number(purchase.price) ? {} : { price }),
    ...(typed.boughtOn === purchase.purchased_at.slice(0, 10) ? {} : { purchased_on: typed.boughtOn }),
    ...(notes === purchase.notes ? {} : { notes }),
  };
}

/** Corrects or removes a purchase, and removes its sales. It is read anew: the write names the version read. */
export function EditDialog({ purchaseId, onClose }: { purchaseId: string; onClose: () => void }): ReactElement {
  const query = useQuery({
    queryKey: ["portfolio", "purchase", purchaseId],
    queryFn: ({ signal }) => withEtag(api.GET("/api/v1/purchases/{purchase_id}", { params: { path: { purchase_id: purchaseId } }, signal })),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return (
    <Modal title="Edit the purchase" onClose={onClose}>
      {query.isPending && <SkeletonRows label="the purchase" />}
      {query.isError && <ProblemView error={query.error} retry={() => void query.refetch()} />}
      {query.data && <Form key={query.data.etag} purchase={query.data.data} etag={query.data.etag} onClose={onClose} />}
    </Modal>
  );
}

function Form({ purchase, etag, onClose }: { purchase: Purchase; etag: string | null; onClose: () => void }): ReactElement {
  const client = useQueryClient();
  const [quantity, setQuantity] = useState(String(purchase.quantity));
  const [price, setPrice] = useState(purchase.price);
  const [boughtOn, setBoughtOn] = useState(purchase.purchased_at.slice(0, 10));
  const [notes, setNotes] = useState(purchase.notes ?? "");
  const [removing, setRemoving] = useState<{ saleId: string | null } | null>(null);
  const [reason, setReason] = useState("");
  const [isChecked, setChecked] = useState(false);
  const changes = changesOf(purchase, { quantity, price, boughtOn, notes });
  // One key per version read and per write: a second press, or a repeat after a lost answer, writes once.
  const [key] = useState(idempotencyKey);
  const ifMatch = etag ? { "If-Match": etag } : {};
  const path = { purchase_id: purchase.id };
  const refresh = (): Promise<unknown> => Promise.all([client.invalidateQueries({ queryKey: ["portfolio"] }), client.invalidateQueries({ queryKey: ["opportunities"] })]);
  const save = useMutation({
    mutationFn: (body: Schemas["PurchaseUpdate"]) => unwrap(api.PUT("/api/v1/purchases/{purchase_id}", { params: { path }, headers: { "Idempotency-Key": key, ...ifMatch }, body })),
    onSuccess: () => {
      void refresh();
      onClose();
    },
  });
  const remove = useMutation({
    mutationFn: async (saleId: string | null) => {
      const query = { reason: reason.trim() };
      if (saleId === null) await unwrap(api.DELETE("/api/v1/purchases/{purchase_id}", { params: { path, query }, headers: { "Idempotency-Key": `${key}-purchase`, ...ifMatch } }));
      else await unwrap(api.DELETE("/api/v1/sales/{sale_id}", { params: { path: { sale_id: saleId }, query }, headers: { "Idempotency-Key": `${key}-${saleId}` } }));
    },
    onSuccess: (_data, saleId) => {
      // A removed sale leaves the dialog open: its purchase is read anew.
      if (saleId === null) onClose();
      void refresh();
    },
  });
  const sale = purchase.sales.find(({ id }) => id === removing?.saleId);
  if (removing) {
    return (
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          setChecked(true);
          if (reason.trim() !== "") remove.mutate(removing.saleId);
        }}
      >
        <p>
          {sale
            ? `Remove the sale of ${day(sale.sold_on)}, ${money(sale.proceeds, sale.currency)} netted?`
            : `Remove the purchase of ${purchase.name}, ${money(purchase.spent, purchase.currency)} spent? Its opportunity is then as it was before.`}
        </p>
        <TextField
          label="Reason"
          hint="kept beside it in the audit log"
          maxLength={500}
          autoFocus
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          error={isChecked && reason.trim() === "" ? "Say why in a few words, as in: typed twice." : undefined}
        />
        {remove.isError && <ProblemNote error={remove.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={() => setRemoving(null)}>Back</Button>
          <Button type="submit" look="danger" busy={remove.isPending}>
            {sale ? "Remove the sale" : "Remove the purchase"}
          </Button>
        </div>
      </form>
    );
  }
  return (
    <form
      noValidate
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setChecked(true);
        if (changes === null) return;
        if (Object.keys(changes).length === 0) onClose();
        else save.mutate(changes);
      }}
    >
      <p className="text-muted">{purchase.name}</p>
      <PurchaseFields quantity={quantity} onQuantity={setQuantity} price={price} onPrice={setPrice} isChecked={isChecked} />
      <TextField label="Bought on" type="date" value={boughtOn} onChange={(event) => setBoughtOn(event.target.value)} error={isChecked && boughtOn === "" ? "A day." : undefined} />
      <TextArea label="Notes" rows={2} maxLength={500} value={notes} onChange={(event) => setNotes(event.target.value)} />
      {purchase.sales.length > 0 && (
        <section aria-label="Sales so far">
          <h3 className="text-sm font-medium">Sales so far</h3>
          <ul>
            {purchase.sales.map((entry) => (
              <li key={entry.id} className="flex items-center justify-between gap-2 border-b border-line py-1 text-sm">
                <span>
                  {day(entry.sold_on)}: {entry.card ?? KIND_WORDS[entry.kind]}, {money(entry.proceeds, entry.currency)}
                </span>
                <Button onClick={() => setRemoving({ saleId: entry.id })} aria-label={`Remove the sale of ${day(entry.sold_on)}, ${money(entry.proceeds, entry.currency)}`}>
                  Remove
                </Button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p className="text-xs text-muted">Results follow the corrected figures; the forecast stays that of the purchase.</p>
      {save.isError && <ProblemNote error={save.error} />}
      <div className="flex flex-wrap justify-between gap-2">
        <Button look="danger" disabled={purchase.sales.length > 0} title={purchase.sales.length > 0 ? "Remove its sales first" : undefined} onClick={() => setRemoving({ saleId: null })}>
          Remove…
        </Button>
        <span className="flex gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" look="primary" busy={save.isPending}>
            Save
          </Button>
        </span>
      </div>
    </form>
  );
}
