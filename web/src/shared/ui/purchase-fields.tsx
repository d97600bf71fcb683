import type { ReactElement } from "react";
import { readAmount, readCount, TextField } from "./field";

type Props = {
  quantity: string;
  onQuantity: (text: string) => void;
  price: string;
  onPrice: (text: string) => void;
  /** True once the form was sent: wrong values are then named. */
  isChecked: boolean;
};

/** Pieces of a purchase and the landed price of one. */
export function PurchaseFields({ quantity, onQuantity, price, onPrice, isChecked }: Props): ReactElement {
  return (
    <div className="grid grid-cols-2 gap-3">
      <TextField
        label="Pieces"
        inputMode="numeric"
        value={quantity}
        onChange={(event) => onQuantity(event.target.value)}
        error={isChecked && readCount(quantity) === null ? "A whole number from 1." : undefined}
      />
      <TextField
        label="Price per piece, $"
        hint="landed: with shipping and tax"
        inputMode="decimal"
        value={price}
        onChange={(event) => onPrice(event.target.value)}
        error={isChecked && readAmount(price) === null ? "An amount, as in 52.50." : undefined}
      />
    </div>
  );
}
