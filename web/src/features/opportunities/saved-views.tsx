import { useNavigate } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { useStored } from "@/shared/state/stored";
import { Button } from "@/shared/ui/button";
import { TextField } from "@/shared/ui/field";
import { Popup } from "@/shared/ui/popup";
import { parseSearch, stringifySearch } from "@/shared/url/params";
import { opportunityParams, type OpportunitySearch } from "./params";

const KEY = "arb.views.opportunities";
type View = { name: string; query: string };

const SHIPPED: View[] = [
  { name: "Likely: P(profit) ≥ 80%", query: "?min_p=80" },
  { name: "Low risk, no warnings", query: "?risk=low&clean=1" },
  { name: "Under $100", query: "?max_price=100&sort=-profit" },
];

function readViews(text: string | null): View[] {
  try {
    const parsed: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(parsed)) return [];
    return parsed.filter((view: unknown): view is View => view !== null && typeof view === "object" && "name" in view && typeof view.name === "string" && "query" in view && typeof view.query === "string");
  } catch {
    return [];
  }
}

/** Named searches: three shipped ones, and the person's own in this browser. */
export function SavedViews({ search }: { search: OpportunitySearch }): ReactElement {
  const [stored, setStored] = useStored(KEY);
  const [name, setName] = useState("");
  const navigate = useNavigate({ from: "/" });
  const own = readViews(stored);
  const query = stringifySearch(search);
  const open = (view: View): void => void navigate({ search: opportunityParams.parse(parseSearch(view.query)) });
  const write = (views: View[]): void => setStored(JSON.stringify(views));
  return (
    <Popup label="Views" marked={[...SHIPPED, ...own].some((view) => view.query === query && query !== "")}>
      {(close) => (
        <div className="flex w-72 flex-col gap-2">
          <ul className="flex flex-col">
            {[...SHIPPED, ...own].map((view, index) => (
              <li key={view.name} className="flex items-center">
                <button
                  type="button"
                  className="min-h-8 flex-1 truncate rounded px-2 text-left hover:bg-hover"
                  onClick={() => {
                    open(view);
                    close();
                  }}
                >
                  {view.name}
                </button>
                {index >= SHIPPED.length && (
                  <Button look="quiet" aria-label={`Delete view ${view.name}`} className="px-2!" onClick={() => write(own.filter((saved) => saved.name !== view.name))}>
                    ✕
                  </Button>
                )}
              </li>
            ))}
          </ul>
          <form
            className="flex items-end gap-2 border-t border-line pt-2"
            onSubmit={(event) => {
              event.preventDefault();
              if (!name.trim()) return;
              write([...own.filter((saved) => saved.name !== name.trim()), { name: name.trim(), query }]);
              setName("");
              close();
            }}
          >
            <TextField label="Save this view as" value={name} maxLength={60} onChange={(event) => setName(event.target.value)} wrapClass="flex-1" />
            <Button type="submit">Save</Button>
          </form>
        </div>
      )}
    </Popup>
  );
}
