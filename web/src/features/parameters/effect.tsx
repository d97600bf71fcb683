import { useMutation } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { api, type Schemas, unwrap } from "@/api/client";
import { count, day } from "@/shared/format/format";
import { Button } from "@/shared/ui/button";
import { ProblemNote } from "@/shared/ui/states";
import { Money, Percent } from "@/shared/value/value";
import type { Parameter } from "./parameters-page";

type Row = Schemas["ParameterEffectRow"];

/** What a value would change on the newest day's list, before it is saved. */
export function Effect({ parameter, value }: { parameter: Parameter; value: unknown }): ReactElement {
  const preview = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/parameters/preview", { body: { group: parameter.group, key: parameter.key, value: value as never } })),
  });
  const effect = preview.data;
  return (
    <section aria-label="Effect on today's list" className="flex flex-col gap-2 rounded-md border border-line p-3">
      <div className="flex flex-wrap items-center gap-2">
        <span className="font-medium">Effect on today's list</span>
        <Button className="ml-auto" disabled={value === undefined} busy={preview.isPending} onClick={() => preview.mutate()}>
          Calculate
        </Button>
      </div>
      {preview.isError && <ProblemNote error={preview.error} />}
      {!effect && !preview.isError && <p className="text-sm text-muted">Values the newest day again with the new value; nothing is saved.</p>}
      {effect && (
        <div role="status" className="flex flex-col gap-2 text-sm">
          <p>
            Of {day(effect.as_of)}: {count(effect.published_before)} worth buying now, <strong>{count(effect.published_after)}</strong> with the new value. {count(effect.values_changed)} of {count(effect.products)} products
            get another net value.
          </p>
          <Names title="Would join the list" rows={effect.gained} />
          <Names title="Would leave the list" rows={effect.lost} />
          {effect.note && <p className="text-muted">{effect.note}</p>}
        </div>
      )}
    </section>
  );
}

function Names({ title, rows }: { title: string; rows: readonly Row[] }): ReactElement | null {
  if (rows.length === 0) return null;
  return (
    <div>
      <h3 className="font-medium">
        {title}: {rows.length}
      </h3>
      <ul>
        {rows.slice(0, 8).map((row) => (
          <li key={row.product_id} className="flex justify-between gap-3">
            <span className="truncate">{row.name}</span>
            <span className="whitespace-nowrap">
              <Money value={row.profit} currency={row.currency} signed /> · <Percent value={row.margin_percentage} signed />
            </span>
          </li>
        ))}
      </ul>
      {rows.length > 8 && <p className="text-muted">and {rows.length - 8} more</p>}
    </div>
  );
}
