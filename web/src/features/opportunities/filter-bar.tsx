import { type ReactElement, useEffect, useRef, useState } from "react";
import { gameName, words } from "@/shared/format/format";
import { Button } from "@/shared/ui/button";
import { TextField } from "@/shared/ui/field";
import { MultiSelect } from "@/shared/ui/multi-select";
import { Popup } from "@/shared/ui/popup";
import { activeFilters, KEYS, withoutFilters } from "./filters";
import type { OpportunitySearch } from "./params";
import type { Row } from "./rows";

type Props = {
  search: OpportunitySearch;
  onChange: (search: OpportunitySearch) => void;
  rows: readonly Row[];
  problems: readonly string[];
};

function counted(rows: readonly Row[], read: (row: Row) => string | null): { value: string; rows: number }[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value = read(row);
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].map(([value, number]) => ({ value, rows: number })).sort((a, b) => b.rows - a.rows);
}

const GAMES = ["mtg", "pokemon", "yugioh"] as const;
const RISKS = ["low", "medium", "high"] as const;

export function FilterBar({ search, onChange, rows, problems }: Props): ReactElement {
  const set = (change: Partial<OpportunitySearch>): void => onChange({ ...search, ...change });
  const games = counted(rows, (row) => row.category);
  const risks = counted(rows, (row) => row.risk_level);
  const filters = activeFilters(search);
  const more = ["kind", "source", "min_margin", "min_profit", "min_p", "max_price", "clean"].filter((name) => search[name as keyof OpportunitySearch] !== undefined).length;
  return (
    <search className="flex flex-col gap-1">
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput value={search.q ?? ""} onChange={(q) => set({ q: q || undefined })} hasProblem={problems.length > 0} />
        <MultiSelect
          label="Game"
          value={search.game ?? []}
          options={GAMES.map((value) => ({ value, label: gameName(value), note: games.find((game) => game.value === value)?.rows ?? 0 }))}
          onChange={(value) => set({ game: value.length > 0 ? (value as OpportunitySearch["game"]) : undefined })}
        />
        <MultiSelect
          label="Risk"
          value={search.risk ?? []}
          options={RISKS.map((value) => ({ value, label: words(value), note: risks.find((risk) => risk.value === value)?.rows ?? 0 }))}
          onChange={(value) => set({ risk: value.length > 0 ? (value as OpportunitySearch["risk"]) : undefined })}
        />
        <Popup label={more > 0 ? `More filters: ${more}` : "More filters"} marked={more > 0}>
          {(close) => <MoreFilters search={search} onChange={onChange} rows={rows} close={close} />}
        </Popup>
        {filters > 0 && (
          <Button look="quiet" onClick={() => onChange(withoutFilters(search))}>
            Clear filters
          </Button>
        )}
      </div>
      <div id="search-problems" role="status" className="text-sm text-loss empty:hidden">
        {problems.join(" ")}
      </div>
    </search>
  );
}

/** Follows what is typed at once, and the address when it changes elsewhere (back, a view). */
function SearchInput({ value, onChange, hasProblem }: { value: string; onChange: (value: string) => void; hasProblem: boolean }): ReactElement {
  const [typed, setTyped] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) {
      sent.current = value;
      setTyped(value);
    }
  }, [value]);
  return (
    <input
      type="search"
      aria-label="Search products"
      aria-describedby="search-problems"
      aria-invalid={hasProblem || undefined}
      title={`Words, "phrases", -not, and keys: ${Object.entries(KEYS)
        .map(([key, { label }]) => `${key} (${label})`)
        .join(", ")}`}
      placeholder="blb play box  margin>=20  -flag:presale"
      className="field min-w-0 flex-[1_1_16rem] sm:max-w-md"
      value={typed}
      onChange={(event) => {
        setTyped(event.target.value);
        sent.current = event.target.value;
        onChange(event.target.value);
      }}
    />
  );
}

function MoreFilters({ search, onChange, rows, close }: Omit<Props, "problems"> & { close: () => void }): ReactElement {
  const [draft, setDraft] = useState({
    min_margin: String(search.min_margin ?? ""),
    min_profit: String(search.min_profit ?? ""),
    min_p: String(search.min_p ?? ""),
    max_price: String(search.max_price ?? ""),
  });
  const amount = (text: string): number | undefined => (text.trim() === "" || Number.isNaN(Number(text)) ? undefined : Number(text));
  const field = (name: keyof typeof draft, label: string): ReactElement => (
    <TextField label={label} inputMode="decimal" value={draft[name]} onChange={(event) => setDraft({ ...draft, [name]: event.target.value })} />
  );
  return (
    <form
      className="flex w-80 max-w-full flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onChange({
          ...search,
          min_margin: amount(draft.min_margin),
          min_profit: amount(draft.min_profit),
          min_p: amount(draft.min_p),
          max_price: amount(draft.max_price),
        });
        close();
      }}
    >
      <div className="grid grid-cols-2 gap-3">
        {field("min_margin", "Margin at least, %")}
        {field("min_profit", "Profit at least, $")}
        {field("min_p", "P(profit) at least, %")}
        {field("max_price", "Price at most, $")}
      </div>
      <div className="flex flex-wrap gap-2">
        <MultiSelect
          label="Kind"
          value={search.kind ?? []}
          options={counted(rows, (row) => row.kind).map((kind) => ({ value: kind.value, label: words(kind.value), note: kind.rows }))}
          onChange={(value) => onChange({ ...search, kind: value.length > 0 ? value : undefined })}
        />
        <MultiSelect
          label="Source"
          value={search.source ?? []}
          options={counted(rows, (row) => row.sealed_source).map((source) => ({ value: source.value, label: source.value, note: source.rows }))}
          onChange={(value) => onChange({ ...search, source: value.length > 0 ? value : undefined })}
        />
      </div>
      <label className="flex items-center gap-2">
        <input type="checkbox" className="size-4" checked={search.clean ?? false} onChange={(event) => onChange({ ...search, clean: event.target.checked || undefined })} />
        Only without warnings
      </label>
      <div className="flex justify-end gap-2">
        <Button type="submit" look="primary">
          Apply
        </Button>
      </div>
    </form>
  );
}
