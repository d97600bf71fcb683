import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, type ReactElement, type ReactNode, Suspense } from "react";
import type { Schemas } from "@/api/client";
import { isProblem } from "@/api/problem";
import { copies, day, gameName, percent, probability, share, words } from "@/shared/format/format";
import { useSession } from "@/shared/session/session";
import { PlainTable } from "@/shared/table/data-table";
import { Badge, Risk, StatusBadge } from "@/shared/ui/badge";
import { buttonClass } from "@/shared/ui/button";
import { Facts, Figure, Page, Panel } from "@/shared/ui/page";
import { Picture } from "@/shared/ui/picture";
import { QueryView } from "@/shared/ui/query-view";
import { Notice, SkeletonRows, StateView } from "@/shared/ui/states";
import { Interval } from "@/shared/value/interval";
import { useNow } from "@/shared/value/use-now";
import { Ago, Money, NoValue, Percent, PriceAge, Probability } from "@/shared/value/value";
import { Contents } from "./contents";
import { History } from "./history";
import { isOpen } from "./life";
import { OpportunityActions } from "./opportunity-actions";
import { offersQuery, opportunityOfQuery, outcomeQuery, payAtMostQuery, pricesQuery, productQuery, riskRuleQuery, type ValuationDetail, valuationQuery } from "./queries";
import { RefreshPrice } from "./refresh-price";

const PriceChart = lazy(async () => ({ default: (await import("@/shared/charts/price-chart")).PriceChart }));
const DistributionChart = lazy(async () => ({ default: (await import("@/shared/charts/distribution-chart")).DistributionChart }));

/** Columns of the valuation that a deployment may not have yet. */
type Exits = { quick_sale_value?: string | null; quick_sale_margin_percentage?: number | null; cash_value?: string | null; resale_value?: string | null };
type Spread = { contents_sd?: string | number | null; price_sd?: string | number | null };

export function ProductPage(): ReactElement {
  const { productId } = useParams({ from: "/app/products/$productId" });
  const search = useSearch({ from: "/app/products/$productId" });
  const product = useQuery(productQuery(productId));
  const valuation = useQuery(valuationQuery(productId, search.as_of));
  if (!product.data) {
    return (
      <Page title={product.isError ? "Product" : "Loading the product"}>
        <QueryView query={product} label="the product" skeleton={<PageSkeleton />}>
          {() => null}
        </QueryView>
      </Page>
    );
  }
  const { name, category, set_name: setName, set_code: setCode, kind, product_url: url, image_url: image } = product.data;
  return (
    <Page
      title={name}
      lead={
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Picture src={image} size={40} />
          <span>
            {[gameName(category), setName?.toLowerCase() === setCode?.toLowerCase() ? null : setName, setCode?.toUpperCase(), kind && words(kind)].filter(Boolean).join(" · ")}
            {url && (
              <>
                {" · "}
                <a href={url} target="_blank" rel="noopener noreferrer" className="text-accent hover:underline">
                  TCGplayer <span aria-hidden="true">↗</span>
                  <span className="sr-only">(opens in a new tab)</span>
                </a>
              </>
            )}
          </span>
          {!product.data.is_active && <Badge tone="warn">Deactivated</Badge>}
        </span>
      }
      actions={
        <>
          <RefreshPrice productId={productId} />
          <WhatIfLink productId={productId} price={valuation.data?.sealed_price} />
          <OpportunityActions productId={productId} />
        </>
      }
    >
      <LifeNotice productId={productId} />
      {isProblem(valuation.error, "not-found") ? (
        <div className="card">
          <StateView title="Not valued yet">
            No analysis has valued this product. The next one does, if its contents and prices are known. Its prices and contents are below.
          </StateView>
        </div>
      ) : (
        <QueryView query={valuation} label="the valuation" skeleton={<div className="card"><SkeletonRows rows={3} height={44} label="the valuation" /></div>}>
          {(data) => <Verdict valuation={data} asOf={search.as_of} />}
        </QueryView>
      )}
      <div className="grid grid-cols-1 gap-3 xl:grid-cols-2">
        {valuation.data && <Outcome productId={productId} asOf={search.as_of} valuation={valuation.data} />}
        <Prices productId={productId} cost={valuation.data?.sealed_price} />
        {valuation.data && <TopCards valuation={valuation.data} />}
        <Panel title="Contents">
          <Contents productId={productId} asOf={search.as_of} />
        </Panel>
        <Offers productId={productId} asOf={search.as_of} tcgplayerUrl={url} />
        {valuation.data && <Arithmetic valuation={valuation.data} />}
        {valuation.data && <Confidence valuation={valuation.data} />}
        <History productId={productId} />
      </div>
    </Page>
  );
}

function PageSkeleton(): ReactElement {
  return (
    <div className="card">
      <SkeletonRows rows={8} label="the product" />
    </div>
  );
}

function WhatIfLink({ productId, price }: { productId: string; price: string | null | undefined }): ReactElement | null {
  const { can } = useSession();
  if (!can("buy")) return null;
  return (
    <Link to="/what-if" search={{ product: productId, price: price ? Number(price) : undefined }} className={buttonClass("secondary")}>
      What-if
    </Link>
  );
}

/** What happened to the opportunity, where it is no longer open. */
function LifeNotice({ productId }: { productId: string }): ReactElement | null {
  const { data } = useQuery(opportunityOfQuery(productId));
  const now = useNow();
  const opportunity = data?.opportunity;
  if (!opportunity || isOpen(opportunity, now)) return null;
  return (
    <Notice tone={opportunity.status === "active" ? "warn" : "accent"}>
      <StatusBadge status={opportunity.status} />{" "}
      {opportunity.status === "active" ? (
        <>Expired by time: no analysis has confirmed it since {day(opportunity.as_of)}. It can no longer be executed.</>
      ) : opportunity.status === "executed" ? (
        <>
          {opportunity.execution_quantity} bought at <Money value={opportunity.execution_price} currency={opportunity.currency} /> each <Ago at={opportunity.executed_at} />.
        </>
      ) : (
        <>The newest opportunity of this product ended; it was opened on {day(opportunity.opened_on)}.</>
      )}
    </Notice>
  );
}

/** The highest price that is probably worth paying, and the one that is as likely not; for buyers, who may ask what-if. */
function PayAtMost({ productId, price, asOf, currency }: { productId: string; price: string; asOf?: string; currency: string }): ReactElement | null {
  const { can } = useSession();
  const { data, isError } = useQuery({ ...payAtMostQuery(productId, price, asOf), enabled: can("buy") });
  if (!can("buy") || isError) return null;
  return (
    <Figure
      label="Pay at most"
      hint={
        <>
          for P(profit) 80%{"; "}
          {data ? (
            <>
              50%: <Money value={data.likely} currency={currency} missing="No price reaches it" />
            </>
          ) : (
            "50%: …"
          )}
        </>
      }
    >
      {data ? <Money value={data.safe} currency={currency} missing="No price reaches it" /> : <span className="skeleton inline-block w-20">0</span>}
    </Figure>
  );
}

/** Where the price to buy at comes from: its source, the offer's price and its postage. */
function BuyAtHint({ valuation, asOf }: { valuation: ValuationDetail; asOf?: string }): ReactElement {
  const { data } = useQuery(offersQuery(valuation.product_id, asOf));
  const offer = data?.items.find((candidate) => candidate.is_price);
  return (
    <>
      {valuation.sealed_source ?? "no offer"}
      {offer?.shipping != null && (
        <span className="block">
          <Money value={offer.price} currency={offer.currency} /> + <Money value={offer.shipping} currency={offer.currency} /> {offer.is_shipping_stated ? "postage" : "assumed postage"}
          {addsTax(offer) && " + tax"}
        </span>
      )}
    </>
  );
}

/** Whether the landed cost holds more than price and shipping. */
function addsTax({ price, shipping, landed }: Schemas["Offer"]): boolean {
  const cents = (amount: string | null): number => Math.round(Number(amount) * 100);
  return landed !== null && cents(landed) > cents(price) + cents(shipping);
}

/** Risk follows from confidence and margin together, so a high confidence beside a high risk is no contradiction. */
function RiskHint({ valuation }: { valuation: ValuationDetail }): ReactElement {
  const { data: rule } = useQuery(riskRuleQuery(valuation.as_of));
  return (
    <span title={rule ?? undefined}>
      worse of confidence {valuation.confidence_score === null ? "(none)" : Number(valuation.confidence_score).toFixed(2)} and margin {valuation.margin_percentage === null ? "(none)" : <Percent value={valuation.margin_percentage} signed />}
    </span>
  );
}

/** The answer in one strip: pay this, get that, so likely. */
function Verdict({ valuation, asOf }: { valuation: ValuationDetail & Exits; asOf?: string }): ReactElement {
  const { currency } = valuation;
  return (
    <section className="card flex flex-col gap-3 p-4" aria-label="Valuation">
      <div className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3 xl:grid-cols-5 2xl:grid-cols-9">
        <Figure label="Buy at" hint={<BuyAtHint valuation={valuation} asOf={asOf} />}>
          {valuation.source_url && valuation.sealed_price !== null ? (
            <a href={valuation.source_url} target="_blank" rel="noopener noreferrer" className="text-accent hover:underline">
              <Money value={valuation.sealed_price} currency={currency} />
              <span aria-hidden="true"> ↗</span>
              <span className="sr-only">(opens the offer in a new tab)</span>
            </a>
          ) : (
            <Money value={valuation.sealed_price} currency={currency} missing="No offer that can be trusted" />
          )}
        </Figure>
        {valuation.sealed_price !== null && <PayAtMost productId={valuation.product_id} price={valuation.sealed_price} asOf={asOf} currency={currency} />}
        <Figure label="Nets, patient" hint="at market price">
          <Money value={valuation.singles_value} currency={currency} />
        </Figure>
        <Figure label="Nets, quick" hint={valuation.quick_sale_margin_percentage == null ? "under the lowest ask" : <Percent value={valuation.quick_sale_margin_percentage} signed />}>
          <Money value={valuation.quick_sale_value} currency={currency} />
        </Figure>
        <Figure label="Profit" hint="patient exit">
          <Money value={valuation.profit} currency={currency} signed />
        </Figure>
        <Figure label="Margin" hint="of the landed cost">
          <Percent value={valuation.margin_percentage} signed />
        </Figure>
        <Figure label="P(profit)" hint={<Interval cost={valuation.sealed_price} p5={valuation.p5} p50={valuation.p50} p95={valuation.p95} currency={currency} />}>
          <Probability value={valuation.p_profit} />
        </Figure>
        <Figure label="Risk" hint={<RiskHint valuation={valuation} />}>
          <Risk level={valuation.risk_level} />
        </Figure>
        <Figure label="Prices" hint={day(valuation.as_of)}>
          <PriceAge asOf={valuation.as_of} />
        </Figure>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={valuation.published ? "gain" : "neutral"}>{valuation.published ? "Worth buying" : "Not published"}</Badge>
        {valuation.flags.map((flag) => (
          <Badge key={flag} tone="warn">
            {words(flag)}
          </Badge>
        ))}
        <span className="min-w-0 flex-1 basis-64 text-muted first-letter:uppercase">{valuation.why}</span>
      </div>
    </section>
  );
}

function Outcome({ productId, asOf, valuation }: { productId: string; asOf?: string; valuation: ValuationDetail & Exits & Spread }): ReactElement {
  const query = useQuery(outcomeQuery(productId, asOf));
  return (
    <Panel title="Outcome distribution" note="net value of one opened product">
      <QueryView query={query} label="the distribution">
        {(outcome) =>
          outcome.bars.length === 0 ? (
            <StateView title="No distribution" headingLevel={3}>
              The product has no value: its contents or their prices are not all known.
            </StateView>
          ) : (
            <div className="flex flex-col gap-3">
              <Suspense fallback={<SkeletonRows rows={6} label="the drawing" />}>
                <DistributionChart
                  bars={outcome.bars.map((bar) => ({ low: Number(bar.low), high: Number(bar.high), chance: bar.chance }))}
                  cost={outcome.cost === null ? null : Number(outcome.cost)}
                  marks={outcome.exits.filter((exit) => exit.value !== null && exit.name !== "cash").map((exit) => ({ name: exit.name, value: Number(exit.value) }))}
                  currency={outcome.currency}
                  pProfit={outcome.p_profit === null ? null : probability(outcome.p_profit)}
                />
              </Suspense>
              <PlainTable
                label="Exits"
                rows={outcome.exits}
                rowId={(exit) => exit.name}
                columns={[
                  { id: "name", header: "Exit", value: (exit) => exit.name, cell: (exit) => <ExitName name={exit.name} /> },
                  { id: "value", header: "Nets", value: (exit) => exit.value, cell: (exit) => <Money value={exit.value} currency={outcome.currency} />, align: "right" },
                  { id: "profit", header: "Profit", value: (exit) => exit.profit, cell: (exit) => <Money value={exit.profit} currency={outcome.currency} signed />, align: "right" },
                  { id: "margin", header: "Margin", value: (exit) => exit.margin_percentage, cell: (exit) => <Percent value={exit.margin_percentage} signed />, align: "right" },
                ]}
              />
              <Facts
                items={[
                  [
                    "90% band",
                    outcome.p5 === null || outcome.p95 === null ? (
                      <NoValue key="band" />
                    ) : (
                      <>
                        <Money value={outcome.p5} currency={outcome.currency} /> to <Money value={outcome.p95} currency={outcome.currency} />
                      </>
                    ),
                    "nine of ten results are expected inside",
                  ],
                  ["Standard deviation", <Money key="sd" value={outcome.sd} currency={outcome.currency} />],
                  ...(valuation.contents_sd == null ? [] : ([["of which contents", <Money key="c" value={valuation.contents_sd} currency={outcome.currency} />, "which cards are inside"]] as [string, ReactNode, ReactNode][])),
                  ...(valuation.price_sd == null ? [] : ([["of which prices", <Money key="p" value={valuation.price_sd} currency={outcome.currency} />, "how prices move until the sale"]] as [string, ReactNode, ReactNode][])),
                ]}
              />
            </div>
          )
        }
      </QueryView>
    </Panel>
  );
}

const EXITS: Record<string, string> = {
  patient: "cards at market price",
  quick: "under the lowest ask",
  cash: "best buylists, today",
  resale: "the sealed product",
};

/** An exit; what it means is left to a wider screen, the figures come first. */
function ExitName({ name }: { name: string }): ReactElement {
  return (
    <span title={EXITS[name]}>
      {words(name)}
      <span className="block text-xs text-muted max-sm:hidden">{EXITS[name]}</span>
    </span>
  );
}

const PERIODS = ["30", "90", "365"] as const;

function Prices({ productId, cost }: { productId: string; cost: string | null | undefined }): ReactElement {
  const { days = "90" } = useSearch({ from: "/app/products/$productId" });
  const navigate = useNavigate({ from: "/products/$productId" });
  const query = useQuery(pricesQuery(productId, Number(days)));
  return (
    <Panel
      title="Price history"
      note="of the sealed product"
      actions={
        <label className="flex items-center gap-2 text-sm">
          Period
          <select
            className="field min-h-7! py-0.5!"
            value={days}
            onChange={(event) => void navigate({ search: (old) => ({ ...old, days: event.target.value }), replace: true, resetScroll: false })}
          >
            {PERIODS.map((period) => (
              <option key={period} value={period}>
                {period} days
              </option>
            ))}
          </select>
        </label>
      }
    >
      <QueryView query={query} label="prices">
        {(prices) =>
          prices.length === 0 ? (
            <StateView title="No prices in this period" headingLevel={3}>
              No source has reported a price of this product. A longer period may hold some.
            </StateView>
          ) : (
            <Suspense fallback={<SkeletonRows rows={6} label="the drawing" />}>
              <PriceChart
                points={prices.map((price) => ({ at: price.recorded_at, price: Number(price.price), series: `${price.source} ${price.price_type}`, quality: price.confidence_level }))}
                currency={prices[0]?.currency ?? "USD"}
                cost={cost == null ? null : Number(cost)}
              />
            </Suspense>
          )
        }
      </QueryView>
    </Panel>
  );
}

function TopCards({ valuation }: { valuation: ValuationDetail }): ReactElement {
  const { currency } = valuation;
  return (
    <Panel title="What moves it" note="highest-value cards">
      {valuation.top_cards.length === 0 ? (
        <StateView title="No cards" headingLevel={3}>
          No card inside has a price.
        </StateView>
      ) : (
        <PlainTable
          label="Highest-value cards"
          rows={valuation.top_cards}
          rowId={(card) => String(card.rank)}
          columns={[
            { id: "name", header: "Card", value: (card) => card.name, cell: (card) => <CardName card={card} /> },
            { id: "copies", header: "Expected copies", hint: "Expected copies in one product", value: (card) => Number(card.expected_copies), cell: (card) => copies(Number(card.expected_copies)), align: "right" },
            { id: "price", header: "Price", value: (card) => card.price, cell: (card) => <Money value={card.price} currency={currency} />, align: "right" },
            { id: "net", header: "Nets each", hint: "One copy after fees and postage, at its best channel", value: (card) => card.net, cell: (card) => <Money value={card.net} currency={currency} />, align: "right" },
            { id: "value", header: "Value", hint: "Expected copies × what each nets, before rounding", value: (card) => card.value, cell: (card) => <Money value={card.value} currency={currency} />, align: "right" },
            {
              id: "share",
              header: "Share",
              hint: "Of the product's net value",
              value: (card) => card.value_share,
              cell: (card) => share(card.value_share),
              align: "right",
            },
          ]}
        />
      )}
    </Panel>
  );
}

function CardName({ card }: { card: Schemas["TopCard"] }): ReactElement {
  const label = (
    <>
      {card.name}
      {card.is_foil && <span className="text-muted"> foil</span>}
    </>
  );
  return (
    <span>
      {card.product_url ? (
        <a href={card.product_url} target="_blank" rel="noopener noreferrer" className="text-accent hover:underline">
          {label}
          <span className="sr-only"> (opens in a new tab)</span>
        </a>
      ) : (
        label
      )}
      <span className="block text-xs text-muted">{[card.set_code?.toUpperCase(), card.rarity, card.channel && `via ${words(card.channel).toLowerCase()}`].filter(Boolean).join(" · ")}</span>
    </span>
  );
}

function Offers({ productId, asOf, tcgplayerUrl }: { productId: string; asOf?: string; tcgplayerUrl: string | null | undefined }): ReactElement {
  const query = useQuery(offersQuery(productId, asOf));
  return (
    <Panel title="Offers" note="and why each is or is not the price">
      <QueryView query={query} label="offers">
        {(offers) =>
          offers.items.length === 0 ? (
            <StateView title="No offers" headingLevel={3}>
              No source offered this product on this day.
            </StateView>
          ) : (
            <PlainTable
              label="Offers"
              rows={offers.items}
              rowId={(offer, index) => `${offer.source}${index}`}
              columns={[
                {
                  id: "source",
                  header: "Source",
                  value: (offer) => offer.source,
                  cell: (offer) => <OfferSource offer={offer} url={offer.source_url ?? (offer.source === "tcgplayer" ? tcgplayerUrl : null)} />,
                },
                { id: "price", header: "Price", value: (offer) => offer.price, cell: (offer) => <Money value={offer.price} currency={offer.currency} />, align: "right" },
                {
                  id: "shipping",
                  header: "Shipping",
                  value: (offer) => offer.shipping,
                  cell: (offer) => (
                    <span title={offer.is_shipping_stated ? "Stated by the source" : "Assumed: the source states none"}>
                      <Money value={offer.shipping} currency={offer.currency} />
                      {!offer.is_shipping_stated && <span className="text-muted"> assumed</span>}
                    </span>
                  ),
                  align: "right",
                },
                { id: "landed", header: "Landed", value: (offer) => offer.landed, cell: (offer) => <Money value={offer.landed} currency={offer.currency} />, align: "right" },
                {
                  id: "use",
                  header: "Use",
                  value: (offer) => offer.exclusion_reason,
                  cell: (offer) => (offer.is_price ? <Badge tone="gain">The price</Badge> : offer.exclusion_reason ? <span className="text-sm text-muted">{words(offer.exclusion_reason)}</span> : "Dearer"),
                },
              ]}
            />
          )
        }
      </QueryView>
    </Panel>
  );
}

function OfferSource({ offer, url }: { offer: Schemas["Offer"]; url: string | null | undefined }): ReactElement {
  return (
    <span>
      {url ? (
        <a href={url} target="_blank" rel="noopener noreferrer" className="text-accent hover:underline">
          {offer.source} <span aria-hidden="true">↗</span>
          <span className="sr-only">(opens in a new tab)</span>
        </a>
      ) : (
        offer.source
      )}
      <span className="block text-xs text-muted">
        <Ago at={offer.recorded_at} />
      </span>
    </span>
  );
}

/** Fees line by line: from the cards' market value to the profit. */
function Arithmetic({ valuation }: { valuation: ValuationDetail }): ReactElement {
  const { currency, gross_singles_value: gross, singles_value: net, sealed_price: cost, sealed_list_price: list } = valuation;
  const fees = gross === null || net === null ? null : (Number(net) - Number(gross)).toFixed(2);
  const landed = cost === null || list === null ? null : (Number(cost) - Number(list)).toFixed(2);
  return (
    <Panel title="From market value to profit">
      <Facts
        items={[
          ["Cards at reference price", <Money key="g" value={gross} currency={currency} />, "expected copies × reference price"],
          ["Fees, postage, bulk", <Money key="f" value={fees} currency={currency} signed />, "commission, payment fee, shared postage; cards worth less than their costs"],
          ["Nets, patient", <strong key="n"><Money value={net} currency={currency} /></strong>, "what arrives after every card is sold"],
          ["Offer's price", <Money key="l" value={list === null ? null : `-${list}`} currency={currency} />],
          ["Shipping and tax", <Money key="s" value={landed === null ? null : `-${landed}`} currency={currency} />],
          ["Profit", <strong key="p"><Money value={valuation.profit} currency={currency} signed /></strong>],
          ["Margin", <Percent key="m" value={valuation.margin_percentage} signed />, "profit ÷ landed cost"],
          ["Priced share", valuation.priced_share === null ? <NoValue key="ps" /> : percent(Number(valuation.priced_share) * 100, { digits: 1 }), "of the expected cards have a price"],
        ]}
      />
    </Panel>
  );
}

function Confidence({ valuation }: { valuation: ValuationDetail }): ReactElement {
  const { data: rule } = useQuery(riskRuleQuery(valuation.as_of));
  return (
    <Panel title="Confidence" note={valuation.confidence_score === null ? "no score" : Number(valuation.confidence_score).toFixed(2)}>
      <p className="mb-2 text-sm text-muted">How far four factors support the figures. It is not a probability of profit: that is P(profit). Risk weighs it together with the margin{rule ? `: ${rule}` : ""}.</p>
      <PlainTable
        label="Confidence factors"
        rows={valuation.confidence_factors}
        rowId={(factor) => factor.name}
        columns={[
          { id: "name", header: "Factor", value: (factor) => words(factor.name) },
          {
            id: "value",
            header: "Value",
            value: (factor) => factor.value,
            cell: (factor) => (factor.is_missing ? <span className="text-muted">no data, counted as {factor.value.toFixed(2)}</span> : factor.value.toFixed(2)),
            align: "right",
          },
          { id: "weight", header: "Weight", value: (factor) => factor.weight, cell: (factor) => share(factor.weight), align: "right" },
        ]}
      />
    </Panel>
  );
}

