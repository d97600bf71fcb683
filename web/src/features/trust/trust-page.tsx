import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense } from "react";
import { api, type Schemas, unwrap } from "@/api/client";
import { isProblem } from "@/api/problem";
import { count, day, gameName, percent, share, shortDay } from "@/shared/format/format";
import { PlainTable } from "@/shared/table/data-table";
import { Facts, Figure, Page, Panel } from "@/shared/ui/page";
import { Prose } from "@/shared/ui/prose";
import { QueryView } from "@/shared/ui/query-view";
import { SkeletonRows, StateView } from "@/shared/ui/states";
import { Money, NoValue, Percent, Probability } from "@/shared/value/value";

const ReliabilityChart = lazy(async () => ({ default: (await import("@/shared/charts/reliability-chart")).ReliabilityChart }));
const BarChart = lazy(async () => ({ default: (await import("@/shared/charts/bar-chart")).BarChart }));

const GAMES = ["mtg", "pokemon", "yugioh"] as const;

export function TrustPage(): ReactElement {
  const search = useSearch({ from: "/app/trust" });
  const navigate = useNavigate({ from: "/trust" });
  const calibration = useQuery({
    queryKey: ["calibration", search.of, search.game],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/calibration", { params: { query: { source: search.of ?? "backtest", category: search.game } }, signal })),
  });
  return (
    <Page title="Trust" lead="How often were the forecasts right? Forecasts of past days, held against the prices that came later.">
      <div className="flex flex-wrap items-center gap-3">
        <nav aria-label="Forecasts of" className="flex rounded-md border border-line bg-sunken p-0.5">
          {([undefined, "purchases"] as const).map((of) => (
            <Link key={of ?? "backtest"} to="/trust" search={{ ...search, of }} aria-current={search.of === of ? "page" : undefined} className={`rounded px-3 py-1 ${search.of === of ? "bg-surface font-medium shadow-sm" : "text-muted hover:text-text"}`}>
              {of === undefined ? "All valuations" : "Purchases"}
            </Link>
          ))}
        </nav>
        <label className="flex items-center gap-2">
          Game
          <select className="field" value={search.game ?? ""} onChange={(event) => void navigate({ search: { ...search, game: (event.target.value || undefined) as typeof search.game }, replace: true })}>
            <option value="">All</option>
            {GAMES.map((game) => (
              <option key={game} value={game}>
                {gameName(game)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <QueryView query={calibration} label="the calibration" skeleton={<div className="card"><SkeletonRows label="the calibration" /></div>}>
        {(data) => <CalibrationView calibration={data} />}
      </QueryView>
      <div className="grid grid-cols-1 gap-3 xl:grid-cols-2">
        <BacktestPanel />
        <StatsPanel />
      </div>
    </Page>
  );
}

function CalibrationView({ calibration }: { calibration: Schemas["Calibration"] }): ReactElement {
  if (calibration.forecasts === 0) {
    return (
      <div className="card">
        <StateView title="Not enough data"><Prose text={calibration.reason ?? "No forecast is old enough to be judged."} /></StateView>
      </div>
    );
  }
  const games = Object.entries(calibration.by_category).filter((entry): entry is [string, number] => entry[1] !== null);
  return (
    <>
      <section className="card grid grid-cols-2 gap-4 p-4 sm:grid-cols-4" aria-label="Key figures">
        <Figure label="Forecasts judged" hint={calibration.first && calibration.last ? `${day(calibration.first)} – ${day(calibration.last)}` : undefined}>
          {count(calibration.forecasts)}
        </Figure>
        <Figure label="Inside the 90% band" hint={`of ${count(calibration.coverage_forecasts)}; 90% are expected`}>
          {calibration.coverage === null ? <NoValue /> : share(calibration.coverage, 1)}
        </Figure>
        <Figure label="Brier score" hint={calibration.brier_of_base_rate === null ? "lower is better" : `base rate alone: ${calibration.brier_of_base_rate.toFixed(3)}`}>
          {calibration.brier === null ? <NoValue /> : calibration.brier.toFixed(3)}
        </Figure>
        <Figure label="Horizon">{calibration.horizon_days === null ? <NoValue /> : `${calibration.horizon_days} days`}</Figure>
      </section>
      <div className="grid grid-cols-1 gap-3 xl:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)]">
        <Panel title="Reliability" note="of P(profit)">
          <Suspense fallback={<SkeletonRows rows={7} label="the drawing" />}>
            <ReliabilityChart bins={calibration.bins} />
          </Suspense>
        </Panel>
        <Panel title="Coverage by game" note="share of results inside p5 to p95">
          {games.length === 0 ? (
            <StateView title="Not enough data" headingLevel={3}>
              No game has enough results.
            </StateView>
          ) : (
            <Suspense fallback={<SkeletonRows rows={4} label="the drawing" />}>
              <BarChart
                name="Game"
                header="Coverage"
                summary={`90% are expected: ${games.map(([game, value]) => `${gameName(game)} ${share(value)}`).join(", ")}.`}
                columns={games.map(([game, value]) => ({ label: gameName(game), value: value * 100 }))}
                format={(value) => percent(value, { digits: 0 })}
              />
            </Suspense>
          )}
        </Panel>
      </div>
    </>
  );
}

function BacktestPanel(): ReactElement {
  const query = useQuery({ queryKey: ["backtest"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/backtests/latest", { signal })) });
  return (
    <Panel title="Realised against forecast" note={query.data && `${day(query.data.first)} – ${day(query.data.last)}, ${query.data.horizon_days} days`}>
      {isProblem(query.error, "not-found") ? (
        <StateView title="No backtest yet" headingLevel={3}>
          <Prose text="It holds the valuations of past days against the prices that came later. `arb backtest` fills this page; over 14 days of prices or more it takes some minutes, and `arb backtest --category mtg --step 3` less." />
        </StateView>
      ) : (
        <QueryView query={query} label="the backtest">
          {(backtest) => (
            <PlainTable
              label="Backtest by group"
              rows={backtest.groups}
              rowId={(group) => group.name}
              columns={[
                { id: "name", header: "Group", value: (group) => group.name },
                { id: "products", header: "Products", value: (group) => group.products, cell: (group) => count(group.products), align: "right" },
                { id: "forecast", header: "Forecast margin", value: (group) => group.forecast_margin_percentage, cell: (group) => <Percent value={group.forecast_margin_percentage} signed />, align: "right" },
                { id: "realised", header: "Realised", value: (group) => group.realised_margin_percentage, cell: (group) => <Percent value={group.realised_margin_percentage} signed />, align: "right" },
                { id: "profit", header: "In profit", value: (group) => group.in_profit, cell: (group) => (group.in_profit === null ? <NoValue /> : <Probability value={group.in_profit} />), align: "right" },
              ]}
            />
          )}
        </QueryView>
      )}
    </Panel>
  );
}

function StatsPanel(): ReactElement {
  const query = useQuery({ queryKey: ["opportunities", "stats"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/opportunities/stats/summary", { signal })) });
  return (
    <Panel title="Opportunities opened" note="last 30 days">
      <QueryView query={query} label="statistics">
        {(stats) => (
          <div className="flex flex-col gap-4">
            <Suspense fallback={<SkeletonRows rows={4} label="the drawing" />}>
              <BarChart
                name="Day"
                header="Opened"
                summary={`${count(stats.published_per_day.reduce((sum, day) => sum + day.opened, 0))} opened in the last ${stats.published_per_day.length} days.`}
                columns={stats.published_per_day.map((day) => ({ label: shortDay(day.day), value: day.opened }))}
                isWhole
                format={(value) => count(value)}
              />
            </Suspense>
            <Facts
              items={[
                ["Purchases with a result", `${count(stats.realised.results)} of ${count(stats.realised.purchases)}`],
                ["Realised profit", <Money key="r" value={stats.realised.realised_profit} currency={stats.currency} signed />],
                ["Forecast of the same", <Money key="f" value={stats.realised.forecast_profit} currency={stats.currency} signed />],
                ["Inside their 90% band", `${count(stats.realised.within_range)} of ${count(stats.realised.with_range)}`],
              ]}
            />
          </div>
        )}
      </QueryView>
    </Panel>
  );
}
