import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type DragEvent, type ReactElement, useId, useState } from "react";
import { api, idempotencyKey, type Schemas, unwrap } from "@/api/client";
import { count } from "@/shared/format/format";
import { PlainTable } from "@/shared/table/data-table";
import { StatusBadge } from "@/shared/ui/badge";
import { Button, buttonClass, Spinner } from "@/shared/ui/button";
import { Page, Panel } from "@/shared/ui/page";
import { QueryView } from "@/shared/ui/query-view";
import { ProblemNote, StateView } from "@/shared/ui/states";
import { Ago } from "@/shared/value/value";
import { priceListsQuery } from "./queries";

const MAX_BYTES = 20 * 1024 * 1024;
const TYPES = [".csv", ".tsv", ".xlsx"];

/** Why a file is not sent, before it is sent; null where it can be. */
export function fileProblem(file: { name: string; size: number }): string | null {
  const name = file.name.toLowerCase();
  if (!TYPES.some((type) => name.endsWith(type))) return `${file.name} is not a price list. Send CSV, TSV or XLSX.`;
  if (file.size > MAX_BYTES) return `${file.name} has ${(file.size / 1024 / 1024).toFixed(0)} MB; at most 20 MB are accepted. Split it.`;
  if (file.size === 0) return `${file.name} is empty.`;
  return null;
}

export function PriceListsPage(): ReactElement {
  const query = useQuery(priceListsQuery);
  return (
    <Page title="Price lists" lead="A distributor's list, valued row by row: what is worth buying at these prices?">
      <Drop />
      <Panel title="Your lists">
        <QueryView query={query} label="price lists">
          {({ items }) =>
            items.length === 0 ? (
              <StateView title="No lists yet" headingLevel={3}>
                Drop a file above. Columns are found by their headings: product or name, set, price, quantity, TCGplayer id.
              </StateView>
            ) : (
              <PlainTable label="Price lists" rows={items} rowId={(list) => list.id} columns={COLUMNS} />
            )
          }
        </QueryView>
      </Panel>
    </Page>
  );
}

type PriceList = Schemas["PriceList"];

const COLUMNS = [
  {
    id: "name",
    header: "List",
    value: (list: PriceList) => list.name,
    cell: (list: PriceList) => (
      <Link to="/price-lists/$priceListId" params={{ priceListId: list.id }} className="font-medium text-accent hover:underline">
        {list.name}
      </Link>
    ),
  },
  { id: "status", header: "Status", value: (list: PriceList) => list.status, cell: (list: PriceList) => <StatusBadge status={list.status} /> },
  { id: "rows", header: "Rows", value: (list: PriceList) => list.rows, cell: (list: PriceList) => (list.rows === null ? "–" : count(list.rows)), align: "right" as const },
  { id: "unmatched", header: "Unmatched", value: (list: PriceList) => list.unmatched, cell: (list: PriceList) => count(list.unmatched), align: "right" as const },
  { id: "worth", header: "Worth buying", value: (list: PriceList) => list.worth_buying, cell: (list: PriceList) => <strong>{count(list.worth_buying)}</strong>, align: "right" as const },
  { id: "created", header: "Sent", value: (list: PriceList) => list.created_at, cell: (list: PriceList) => <Ago at={list.created_at} />, align: "right" as const },
];

function Drop(): ReactElement {
  const client = useQueryClient();
  const navigate = useNavigate();
  const input = useId();
  const [isOver, setOver] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const send = useMutation({
    mutationFn: (file: File) =>
      unwrap(
        api.POST("/api/v1/price-lists", {
          headers: { "Idempotency-Key": idempotencyKey() },
          body: { file } as never,
          bodySerializer: () => {
            const form = new FormData();
            form.append("file", file);
            return form;
          },
        }),
      ),
    onSuccess: (list) => {
      void client.invalidateQueries({ queryKey: ["price-lists"] });
      void navigate({ to: "/price-lists/$priceListId", params: { priceListId: list.id } });
    },
  });
  const take = (file: File | undefined): void => {
    if (!file || send.isPending) return;
    const refusal = fileProblem(file);
    setProblem(refusal);
    if (!refusal) send.mutate(file);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    <div
      className={`flex flex-col items-center gap-2 rounded-lg border-2 border-dashed px-4 py-8 text-center ${isOver ? "border-accent bg-accent-soft" : "border-line-strong"}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <p className="text-base">Drop a price list here, or</p>
      <label htmlFor={input} className={buttonClass("primary", "focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent")}>
        {send.isPending && <Spinner />}
        {send.isPending ? "Sending" : "Choose a file"}
        <input
          id={input}
          type="file"
          accept={TYPES.join(",")}
          className="sr-only"
          onChange={(event) => {
            take(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
      </label>
      <p className="text-sm text-muted">CSV, TSV or XLSX; at most 20 MB and 100,000 rows.</p>
      {problem && (
        <p role="alert" className="text-loss">
          {problem}
        </p>
      )}
      {send.isError && <ProblemNote error={send.error} />}
      {send.isError && (
        <Button onClick={() => send.reset()} look="quiet">
          Dismiss
        </Button>
      )}
    </div>
  );
}
