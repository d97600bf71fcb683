import { Combobox, ComboboxInput, ComboboxOption, ComboboxOptions, Field, Label } from "@headlessui/react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactElement, useDeferredValue, useState } from "react";
import { api, type Schemas, unwrap } from "@/api/client";
import { gameName } from "@/shared/format/format";

type Product = Schemas["Product"];

/** Chooses a sealed product by any words of set code, set, name and kind. */
export function ProductPicker({ productId, onChange, label = "Product", autoFocus = false }: { productId: string | undefined; onChange: (productId: string) => void; label?: string; autoFocus?: boolean }): ReactElement {
  const [typed, setTyped] = useState("");
  const text = useDeferredValue(typed.trim());
  const chosen = useQuery({
    queryKey: ["products", productId],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/products/{product_id}", { params: { path: { product_id: productId! } }, signal })),
    enabled: productId !== undefined,
  });
  const search = useQuery({
    queryKey: ["products", "picker", text],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/products", { params: { query: { q: text, product_type: "sealed", limit: 20 } }, signal })),
    enabled: text.length > 1,
    placeholderData: keepPreviousData,
  });
  return (
    <Field className="flex flex-col gap-1">
      <Label className="text-sm font-medium">{label}</Label>
      <Combobox<Product | null> value={chosen.data ?? null} onChange={(product) => product && onChange(product.id)} immediate={false}>
        <ComboboxInput className="field w-full" placeholder="blb play box" displayValue={(product: Product | null) => product?.name ?? ""} onChange={(event) => setTyped(event.target.value)} onFocus={(event) => event.target.select()} autoFocus={autoFocus} />
        <ComboboxOptions anchor={{ to: "bottom start", gap: 4, padding: 8 }} className="z-50 max-h-80 w-(--input-width) overflow-y-auto rounded-md border border-line bg-surface p-1 shadow-lg empty:hidden">
          {(text.length > 1 ? (search.data?.items ?? []) : []).map((product) => (
            <ComboboxOption key={product.id} value={product} className="flex cursor-pointer items-baseline gap-2 rounded px-2 py-1.5 data-focus:bg-hover">
              <span className="min-w-0 flex-1">{product.name}</span>
              <span className="text-xs text-muted">{[gameName(product.category), product.set_code?.toUpperCase()].filter(Boolean).join(" · ")}</span>
            </ComboboxOption>
          ))}
        </ComboboxOptions>
      </Combobox>
      <span role="status" className="text-xs text-muted">
        {search.isError ? "The search failed." : text.length > 1 && search.data?.items.length === 0 ? `No product matches “${text}”.` : ""}
      </span>
    </Field>
  );
}
