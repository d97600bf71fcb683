import { useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { api, idempotencyKey, unwrap } from "@/api/client";
import { day, money } from "@/shared/format/format";
import { PlainTable } from "@/shared/table/data-table";
import { readAmount, readCount, SelectField, TextField } from "@/shared/ui/field";
import { FormEnd, Modal } from "@/shared/ui/modal";
import { schedule } from "@/shared/undo/undo";
import { Money } from "@/shared/value/value";
import { KIND_WORDS } from "./sale-kinds";
import type { Purchase } from "./portfolio-page";

type Kind = "singles" | "sealed" | "whole";
type Amount = "net" | "gross";
const KINDS: readonly Kind[] = ["singles", "sealed", "whole"];
const MOST_CARDS = 1_000_000;

/** Records what a sale from one purchase netted. */
export function SaleDialog({ purchase, onClose }: { purchase: Purchase; onClose: () => void }): ReactElement {
  const client = useQueryClient();
  const [amountOf, setAmountOf] = useState<Amount>("net");
  const [typed, setTyped] = useState("");
  const [description, setDescription] = useState("");
  const [soldOn, setSoldOn] = useState(() => new Date().toISOString().slice(0, 10));
  const [channel, setChannel] = useState("");
  const [isFinal, setFinal] = useState(false);
  const [isChecked, setChecked] = useState(false);
  const [key] = useState(idempotencyKey);
  const [kind, setKind] = useState<Kind>("singles");
  const [quantity, setQuantity] = useState("");
  const amount = readAmount(typed);
  const most = kind === "singles" ? MOST_CARDS : purchase.pieces_left;
  const pieces = quantity.trim() === "" ? (kind === "singles" ? 0 : 1) : readCount(quantity);
  const isCountWrong = pieces === null || pieces > most;
  const isChannelMissing = amountOf === "gross" && channel.trim() === "";
  const record = (entered: string): void => {
    const sold = `${purchase.name}, ${money(entered, purchase.currency)} ${amountOf === "net" ? "netted" : "before fees"}`;
    schedule({
      subject: purchase.id,
      doing: `Recording the sale of ${sold}.`,
      done: `Sale recorded: ${sold}.`,
      send: async ({ keepalive }) => {
        await unwrap(
          api.POST("/api/v1/opportunities/{opportunity_id}/sales", {
            params: { path: { opportunity_id: purchase.opportunity_id } },
            headers: { "Idempotency-Key": key },
            body: {
              ...(amountOf === "net" ? { proceeds: entered } : { gross: entered }),
              kind,
              quantity: pieces ?? 0,
              purchase_id: purchase.id,
              sold_on: soldOn || null,
              channel: channel.trim() || null,
              description: description.trim() || null,
              is_final: isFinal,
            },
            keepalive,
          }),
        );
        await client.invalidateQueries({ queryKey: ["portfolio"] });
      },
    });
    onClose();
  };
  return (
    <Modal title="Enter a sale" onClose={onClose}>
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          setChecked(true);
          if (amount !== null && !isCountWrong && !isChannelMissing) record(amount);
        }}
      >
        <p className="text-muted">{purchase.name}</p>
        <div className="grid grid-cols-2 gap-3">
          <SelectField label="The amount is" value={amountOf} onChange={(event) => setAmountOf(event.target.value as Amount)}>
            <option value="net">what I netted, after fees</option>
            <option value="gross">what the buyer paid, before fees</option>
          </SelectField>
          <TextField
            label={amountOf === "net" ? "Netted, $" : "Paid for the goods, $"}
            hint={amountOf === "net" ? "after fees and postage" : "the channel's fees and postage are taken off"}
            inputMode="decimal"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            error={isChecked && amount === null ? "An amount, as in 52.50." : undefined}
          />
        </div>
        <div className="grid grid-cols-2 gap-3">
          <SelectField label="Sold" value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
            {KINDS.map((option) => (
              <option key={option} value={option}>
                {KIND_WORDS[option]}
              </option>
            ))}
          </SelectField>
          <TextField
            label={kind === "singles" ? "Cards" : "Pieces"}
            hint={kind === "singles" ? "if counted" : `${String(purchase.pieces_left)} of ${String(purchase.quantity)} left`}
            inputMode="numeric"
            placeholder={kind === "singles" ? "" : "1"}
            value={quantity}
            onChange={(event) => setQuantity(event.target.value)}
            error={isChecked && isCountWrong ? `A whole number from 1 to ${String(most)}.` : undefined}
          />
        </div>
        <div className="grid grid-cols-2 gap-3">
          <TextField
            label="Channel"
            hint={amountOf === "gross" ? "whose fees apply: tcgplayer, ebay" : undefined}
            placeholder="tcgplayer, ebay, a shop"
            maxLength={80}
            value={channel}
            onChange={(event) => setChannel(event.target.value)}
            error={isChecked && isChannelMissing ? "Name it: its fees are taken off." : undefined}
          />
          <TextField label="Sold on" type="date" value={soldOn} onChange={(event) => setSoldOn(event.target.value)} />
        </div>
        <TextField label="What was sold" placeholder="the cards, or a note" maxLength={500} value={description} onChange={(event) => setDescription(event.target.value)} />
        <label className="flex items-start gap-2">
          <input type="checkbox" className="mt-0.5 size-4" checked={isFinal} onChange={(event) => setFinal(event.target.checked)} />
          <span>
            Nothing is left to sell
            <span className="block text-sm text-muted">The purchase then counts as realised, and its forecast is judged by it.</span>
          </span>
        </label>
        {purchase.sales.length > 0 && (
          <PlainTable
            label="Sales so far"
            rows={purchase.sales}
            rowId={(sale) => sale.id}
            columns={[
              { id: "sold_on", header: "Sold on", value: (sale) => sale.sold_on, cell: (sale) => day(sale.sold_on) },
              { id: "kind", header: "Sold", value: (sale) => sale.card ?? KIND_WORDS[sale.kind] },
              { id: "channel", header: "Channel", value: (sale) => sale.channel },
              { id: "proceeds", header: "Netted", value: (sale) => sale.proceeds, cell: (sale) => <Money value={sale.proceeds} currency={sale.currency} />, align: "right" },
            ]}
          />
        )}
        <FormEnd onClose={onClose}>Record sale</FormEnd>
      </form>
    </Modal>
  );
}
