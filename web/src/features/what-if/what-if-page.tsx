import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense, useEffect, useState } from "react";
import { api, type Schemas, unwrap } from "@/api/client";
import { count, day, money, probability, share, words } from "@/shared/format/format";
import { Badge } from "@/shared/ui/badge";
import { readAmount, TextField } from "@/shared/ui/field";
import { Facts, Figure, Page, Panel } from "@/shared/ui/page";
import { ProblemNote, ProblemView, SkeletonRows, StateView } from "@/shared/ui/states";
import { Interval } from "@/shared/value/interval";
import { Money, Percent, Probability } from "@/shared/value/value";
import { ProductPicker } from "@/shared/products/product-picker";
import { useSettled } from "./use-settled";

const DistributionChart = lazy(async () => ({ default: (await import("@/shared/charts/distribution-chart")).DistributionChart }));

type WhatIf = Schemas["WhatIf"];

/** Range of the price slider: half to one and a half times what the product is worth or costs. */
function sliderRange(answer: Pick<WhatIf, "cheapest_offer" | "market_price" | "one"> | undefined, price: number): { min: number; max: number; step: number } {
  const anchor = Number(answer?.one?.mean ?? answer?.cheapest_offer ?? answer?.market_price ?? price) || price || 100;
  const max = Math.max(anchor * 1.5, price * 1.1);
  const min = Math.min(anchor * 0.3, price);
  const step = max > 500 ? 1 : max > 50 ? 0.5 : 0.05;
  const tick = (value: number): number => Number((Math.round(value / step) * step).toFixed(2));
  return { min: tick(min), max: tick(max), step };
}

export function WhatIfPage(): ReactElement {
  const search = useSearch({ from: "/app/what-if" });
  const navigate = useNavigate({ from: "/what-if" });
  const [price, setPrice] = useState(search.price === undefined ? "" : String(search.price));
  const [quantity, setQuantity] = useState(String(search.quantity ?? 1));
  const [shipping, setShipping] = useState(search.shipping === undefined ? "" : String(search.shipping));
  const amount = readAmount(price);
  const pieces = /^[1-9]\d{0,3}$/u.test(quantity.trim()) ? Number(quantity) : null;
  const postage = shipping.trim() === "" ? null : readAmount(shipping);
  const isValid = Boolean(search.product) && amount !== null && pieces !== null && (shipping.trim() === "" || postage !== null);
  const settled = useSettled(isValid ? `${search.product}|${amount}|${pieces}|${postage ?? ""}` : "", 120);
  useEffect(() => {
    void navigate({
      search: (old) => ({ ...old, price: amount === null ? undefined : Number(amount), quantity: pieces === null || pieces === 1 ? undefined : pieces, shipping: postage === null ? undefined : Number(postage) }),
      replace: true,
      resetScroll: false,
    });
  }, [settled, navigate, amount, pieces, postage]);
  const query = useQuery({
    queryKey: ["what-if", settled],
    queryFn: ({ signal }) => {
      const [product, cost, number, postal] = settled.split("|") as [string, string, string, string];
      return unwrap(api.POST("/api/v1/what-if", { body: { product_id: product, price: cost, quantity: Number(number), shipping: postal || null, chance: 0.8 }, signal }));
    },
    enabled: settled !== "",
    placeholderData: (previous) => (previous?.product_id === search.product ? previous : undefined),
  });
  const range = sliderRange(query.data, Number(amount ?? 0));
  return (
    <Page title="What-if" lead="A quote in hand: what it nets, how likely a profit is, and the highest price worth paying.">
      <div className="grid grid-cols-1 gap-3 lg:grid-cols-[24rem_minmax(0,1fr)] lg:items-start">
        <Panel title="The quote">
          <form className="flex flex-col gap-4" onSubmit={(event) => event.preventDefault()}>
            <ProductPicker
              productId={search.product}
              onChange={(product) => {
                void navigate({ search: (old) => ({ ...old, product }), replace: true });
              }}
            />
            <TextField label="Price per piece, $" inputMode="decimal" value={price} onChange={(event) => setPrice(event.target.value)} error={price !== "" && amount === null ? "An amount, as in 52.50." : undefined} />
            <input
              type="range"
              aria-label="Price per piece, slider"
              className="w-full accent-(--accent)"
              min={range.min}
              max={range.max}
              step={range.step}
              value={amount ?? range.min}
              disabled={!search.product}
              onChange={(event) => setPrice(Number(event.target.value).toFixed(2))}
            />
            <div className="grid grid-cols-2 gap-3">
              <TextField label="Pieces" inputMode="numeric" value={quantity} onChange={(event) => setQuantity(event.target.value)} error={pieces === null ? "A whole number, 1 to 9,999." : undefined} />
              <TextField label="Shipping, $" hint="of the whole order" inputMode="decimal" value={shipping} onChange={(event) => setShipping(event.target.value)} error={shipping !== "" && postage === null ? "An amount, as in 9.90." : undefined} />
            </div>
          </form>
        </Panel>
        <div className="flex min-w-0 flex-col gap-3">
          {query.isError && query.data && <ProblemNote error={query.error} retry={() => void query.refetch()} />}
          {!search.product ? (
            <div className="card">
              <StateView title="Choose a product">Then enter the price you are offered.</StateView>
            </div>
          ) : amount === null && !query.data ? (
            <div className="card">
              <StateView title="Enter a price">What are you offered the product for?</StateView>
            </div>
          ) : query.data ? (
            <Answer answer={query.data} isStale={query.isPlaceholderData} />
          ) : query.isError ? (
            <div className="card">
              <ProblemView error={query.error} retry={() => void query.refetch()} />
            </div>
          ) : (
            <div className="card">
              <SkeletonRows label="the valuation" rows={6} />
            </div>
          )}
        </div>
      </div>
    </Page>
  );
}

/** The other exits beside the patient sale of the singles; those that are not known are left out. */
function Exits({ figures, currency }: { figures: NonNullable<WhatIf["all"]>; currency: string }): ReactElement {
  const exits = [
    ["at once", figures.quick_sale],
    ["cash today", figures.cash],
    ["resold unopened", figures.resale],
  ] as const;
  const known = exits.filter((exit): exit is readonly [(typeof exit)[0], string] => exit[1] !== null);
  return <>{known.map(([name, value]) => `${name} ${money(value, currency)}`).join(", ") || "no other exit is known"}</>;
}

function Answer({ answer, isStale }: { answer: WhatIf; isStale: boolean }): ReactElement {
  const { currency } = answer;
  const all = answer.all;
  if (all === null) {
    return (
      <div className="card">
        <StateView title="Not enough data" tone="warn">
          {answer.reason ?? "The product has no value on this day."}
        </StateView>
      </div>
    );
  }
  return (
    <div className={`flex flex-col gap-3 ${isStale ? "opacity-70" : ""}`} aria-busy={isStale}>
      <section className="card flex flex-col gap-3 p-4" aria-label="Answer">
        <div className="flex flex-wrap items-center gap-2">
          <Badge tone={answer.is_worth_buying ? "gain" : "neutral"}>{answer.is_worth_buying ? "Worth buying" : "Not worth buying"}</Badge>
          {answer.is_suspect && (
            <span className="text-warn">
              <strong>Look twice:</strong> far under the market price
              {answer.market_price !== null && ` of ${money(answer.market_price, currency)}`}. Mispriced, opened, or another product?
            </span>
          )}
          {answer.flags.map((flag) => (
            <Badge key={flag} tone="warn">
              {words(flag)}
            </Badge>
          ))}
          <span className="min-w-0 flex-1 basis-60 text-muted first-letter:uppercase">{answer.why}</span>
        </div>
        <div className="grid grid-cols-2 gap-4 sm:grid-cols-3 xl:grid-cols-6" aria-live="polite">
          <Figure label="Cost" hint={all.pieces === 1 ? "one piece" : `${count(all.pieces)} pieces`}>
            <Money value={all.cost} currency={currency} />
          </Figure>
          <Figure label="Nets" hint={<Exits figures={all} currency={currency} />}>
            <Money value={all.net} currency={currency} />
          </Figure>
          <Figure label="Expected profit">
            <Money value={all.profit} currency={currency} signed />
          </Figure>
          <Figure label="Margin">
            <Percent value={all.margin_percentage} signed />
          </Figure>
          <Figure label="P(profit)" hint={<Interval cost={all.cost} p5={all.p5} p50={all.p50} p95={all.p95} currency={currency} />}>
            <Probability value={all.p_profit} />
          </Figure>
          <Figure label="Cheapest offer" hint={answer.cheapest_source ?? undefined}>
            <Money value={answer.cheapest_offer} currency={currency} />
          </Figure>
        </div>
      </section>
      <div className="grid grid-cols-1 gap-3 xl:grid-cols-[20rem_minmax(0,1fr)]">
        <Panel title="Highest price worth paying" note="per piece">
          <Facts
            items={all.break_even.map((point) => [
              `for P(profit) ${probability(point.chance)}`,
              <strong key={point.chance}>
                <Money value={point.per_piece} currency={currency} missing="No price reaches it" />
              </strong>,
            ])}
          />
          <p className="mt-3 text-sm text-muted">
            Prices of {answer.as_of ? day(answer.as_of) : "no day"}
            {answer.priced_share !== null && `; ${share(answer.priced_share)} of the expected cards have a price`}.{" "}
            <Link to="/products/$productId" params={{ productId: answer.product_id }} className="text-accent underline">
              Why
            </Link>
          </p>
        </Panel>
        <Panel title="What it may net" note={all.pieces === 1 ? "one piece" : `${count(all.pieces)} pieces together`}>
          <Suspense fallback={<SkeletonRows rows={6} label="the drawing" />}>
            <DistributionChart
              bars={all.outcome.map((bar) => ({ low: Number(bar.low), high: Number(bar.high), chance: bar.chance }))}
              cost={Number(all.cost)}
              marks={[{ name: "mean", value: Number(all.mean) }]}
              currency={currency}
              pProfit={probability(all.p_profit)}
            />
          </Suspense>
        </Panel>
      </div>
    </div>
  );
}
