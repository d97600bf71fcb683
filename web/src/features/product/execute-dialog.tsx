import { useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { api, idempotencyKey, unwrap } from "@/api/client";
import { count, money, percent } from "@/shared/format/format";
import { readAmount, readCount, TextArea } from "@/shared/ui/field";
import { FormEnd, Modal } from "@/shared/ui/modal";
import { PurchaseFields } from "@/shared/ui/purchase-fields";
import { schedule, WAIT } from "@/shared/undo/undo";
import type { Opportunity } from "./queries";

type Props = { opportunity: Opportunity; etag: string | null; onClose: () => void };

/** Records a purchase: pieces and the landed price paid for each. */
export function ExecuteDialog({ opportunity, etag, onClose }: Props): ReactElement {
  const client = useQueryClient();
  const [quantity, setQuantity] = useState("1");
  const [price, setPrice] = useState(opportunity.sealed_price);
  const [notes, setNotes] = useState("");
  // One key per dialog: a second press, or a repeat after a lost answer, records one purchase.
  const [key] = useState(idempotencyKey);
  const [isChecked, setChecked] = useState(false);
  const pieces = readCount(quantity);
  const paid = readAmount(price);
  const execute = (quantity: number, price: string): void => {
    const bought = `${opportunity.name}, ${count(quantity)} ${quantity === 1 ? "piece" : "pieces"} at ${money(price, opportunity.currency)}`;
    schedule({
      subject: opportunity.id,
      doing: `Recording the purchase of ${bought}.`,
      done: `Purchase recorded: ${bought}.`,
      link: { to: "/portfolio", label: "Open the portfolio" },
      send: async ({ keepalive }) => {
        await unwrap(
          api.POST("/api/v1/opportunities/{opportunity_id}/execute", {
            params: { path: { opportunity_id: opportunity.id } },
            headers: { "Idempotency-Key": key, ...(etag ? { "If-Match": etag } : {}) },
            body: { quantity, price, notes: notes.trim() || null },
            keepalive,
          }),
        );
        await Promise.all([client.invalidateQueries({ queryKey: ["opportunities"] }), client.invalidateQueries({ queryKey: ["portfolio"] })]);
      },
    });
    onClose();
  };
  const profit = paid === null ? null : Number(opportunity.singles_value) - Number(paid);
  return (
    <Modal title="Record the purchase" onClose={onClose}>
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          setChecked(true);
          if (pieces !== null && paid !== null) execute(pieces, paid);
        }}
      >
        <p className="text-muted">{opportunity.name}</p>
        <PurchaseFields quantity={quantity} onQuantity={setQuantity} price={price} onPrice={setPrice} isChecked={isChecked} />
        <p role="status" className={profit !== null && profit < 0 ? "text-loss" : "text-muted"}>
          {profit === null || pieces === null || paid === null
            ? "Enter pieces and price."
            : `${money((pieces * Number(paid)).toFixed(2), opportunity.currency)} in all; expected profit ${money((pieces * profit).toFixed(2), opportunity.currency, { signed: true })} (${percent((100 * profit) / Number(paid), { signed: true })}).`}
        </p>
        <TextArea label="Notes" rows={2} maxLength={500} value={notes} onChange={(event) => setNotes(event.target.value)} />
        <p className="text-xs text-muted">It is sent after {WAIT / 1_000} seconds; until then Undo takes it back. Later it is corrected or removed in the portfolio.</p>
        <FormEnd onClose={onClose}>Record purchase</FormEnd>
      </form>
    </Modal>
  );
}
