import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import type { Schemas } from "@/api/client";
import { copies } from "@/shared/format/format";
import { PlainTable } from "@/shared/table/data-table";
import { QueryView } from "@/shared/ui/query-view";
import { Notice, StateView } from "@/shared/ui/states";
import { Money } from "@/shared/value/value";
import { partWords, type SetNames, valuedPartWords } from "./part-words";
import { contentsQuery } from "./queries";

type Part = Schemas["ContentsPart"];

/** What is inside, nested down to packs, decks and cards; the value of each kind of part below. */
export function Contents({ productId, asOf }: { productId: string; asOf: string | undefined }): ReactElement {
  const query = useQuery(contentsQuery(productId, asOf));
  return (
    <QueryView query={query} label="contents">
      {(contents) => (
        <div className="flex flex-col gap-3">
          {!contents.is_complete && (
            <Notice tone="warn">
              Contents are not all known, so the product has no value: {contents.unknown_parts.join(", ") || "nothing is known of what is inside"}.
            </Notice>
          )}
          {contents.tree.length === 0 && contents.is_complete && (
            <StateView title="No contents" headingLevel={3}>
              No list of contents names this product.
            </StateView>
          )}
          {contents.tree.length > 0 && <Tree parts={contents.tree} names={contents.set_names} depth={0} />}
          {contents.values.length > 0 && (
            <PlainTable
              label="Value by part"
              rows={contents.values}
              rowId={(value) => value.part}
              columns={[
                { id: "part", header: "Part", value: (value) => value.part, cell: (value) => valuedPartWords(value.part, contents.set_names) },
                { id: "copies", header: "Expected copies", value: (value) => value.copies, cell: (value) => copies(value.copies), align: "right" },
                { id: "gross", header: "Gross", value: (value) => value.gross, cell: (value) => <Money value={value.gross} currency={contents.currency} />, align: "right" },
                { id: "net", header: "Net", value: (value) => value.net, cell: (value) => <Money value={value.net} currency={contents.currency} />, align: "right" },
              ]}
            />
          )}
        </div>
      )}
    </QueryView>
  );
}

const SHOWN = 12;

function Tree({ parts, names, depth }: { parts: readonly Part[]; names: SetNames; depth: number }): ReactElement {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? parts : parts.slice(0, SHOWN);
  return (
    <ul className={depth > 0 ? "ml-4 border-l border-line pl-3" : ""}>
      {shown.map((part, index) => (
        <li key={`${part.label}${index}`} className="py-0.5">
          <Branch part={part} names={names} depth={depth} />
        </li>
      ))}
      {parts.length > SHOWN && (
        <li>
          <button type="button" className="min-h-6 text-accent hover:underline" onClick={() => setWhole(!isWhole)} aria-expanded={isWhole}>
            {isWhole ? "Show fewer" : `Show ${parts.length - SHOWN} more`}
          </button>
        </li>
      )}
    </ul>
  );
}

function Branch({ part, names, depth }: { part: Part; names: SetNames; depth: number }): ReactElement {
  const { text, note } = partWords(part, names);
  const line = (
    <span title={part.label}>
      <span className="tabular-nums">{copies(part.count)} ×</span> {text} <span className="text-xs text-muted">{[note, part.chance && `in ${part.chance}`].filter(Boolean).join(" · ")}</span>
    </span>
  );
  if (part.parts.length === 0) return line;
  return (
    <details open={depth < 2}>
      <summary className="rounded hover:bg-hover">{line}</summary>
      <Tree parts={part.parts} names={names} depth={depth + 1} />
    </details>
  );
}
