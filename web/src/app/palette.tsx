import { Combobox, ComboboxInput, ComboboxOption, ComboboxOptions, Dialog, DialogBackdrop, DialogPanel } from "@headlessui/react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactElement, useDeferredValue, useState } from "react";
import { api, unwrap } from "@/api/client";
import { gameName, words } from "@/shared/format/format";
import { useSession } from "@/shared/session/session";
import { NAV } from "./nav";

type Hit = { key: string; label: string; note: string; to: string; productId?: string };

/** Search first: products by any words of set code, set, name and kind, and the pages by name. */
export function Palette({ onClose }: { onClose: () => void }): ReactElement {
  const [typed, setTyped] = useState("");
  const text = useDeferredValue(typed.trim());
  const navigate = useNavigate();
  const { can } = useSession();
  const products = useQuery({
    queryKey: ["products", "palette", text],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/products", { params: { query: { q: text, product_type: "sealed", limit: 12 } }, signal })),
    enabled: text.length > 1,
    placeholderData: keepPreviousData,
  });
  const pages: Hit[] = NAV.flatMap((group) => group.items)
    .filter((item) => can(item.permission) && item.label.toLowerCase().includes(text.toLowerCase()))
    .map((item) => ({ key: item.to, label: item.label, note: "Page", to: item.to }));
  const matches: Hit[] = (text.length > 1 ? (products.data?.items ?? []) : []).map((product) => ({
    key: product.id,
    label: product.name,
    note: [gameName(product.category), product.set_code?.toUpperCase(), product.kind && words(product.kind)].filter(Boolean).join(" · "),
    to: "/products/$productId",
    productId: product.id,
  }));
  const hits = text ? [...matches, ...pages] : pages;
  const open = (hit: Hit | null): void => {
    if (!hit) return;
    onClose();
    void (hit.productId ? navigate({ to: "/products/$productId", params: { productId: hit.productId } }) : navigate({ to: hit.to }));
  };
  return (
    <Dialog open onClose={onClose} className="relative z-50" aria-label="Find a product or page">
      <DialogBackdrop className="fixed inset-0 bg-black/45" />
      <div className="fixed inset-0 flex items-start justify-center p-3 sm:pt-24">
        <DialogPanel className="w-full max-w-xl overflow-hidden rounded-lg border border-line bg-surface text-text shadow-xl">
          <Combobox<Hit | null> value={null} onChange={open}>
            <ComboboxInput
              autoFocus
              aria-label="Product or page"
              placeholder="blb play box, commander deck, portfolio …"
              className="w-full border-b border-line bg-surface px-4 py-3 text-base outline-none placeholder:text-muted"
              onChange={(event) => setTyped(event.target.value)}
            />
            <ComboboxOptions static className="max-h-[60dvh] overflow-y-auto p-1">
              {hits.map((hit) => (
                <ComboboxOption key={hit.key} value={hit} className="flex cursor-pointer items-baseline gap-3 rounded px-3 py-2 data-focus:bg-hover">
                  <span className="min-w-0 flex-1 truncate">{hit.label}</span>
                  <span className="text-xs text-muted">{hit.note}</span>
                </ComboboxOption>
              ))}
            </ComboboxOptions>
            <p role="status" className="px-4 py-2 text-sm text-muted empty:hidden">
              {products.isError ? "The search failed. Try again." : text.length > 1 && !products.isFetching && hits.length === 0 ? `No product or page matches “${text}”.` : ""}
            </p>
          </Combobox>
        </DialogPanel>
      </div>
    </Dialog>
  );
}
