import { useMutation } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { api, unwrap } from "@/api/client";
import { Button } from "@/shared/ui/button";
import { ProblemNote } from "@/shared/ui/states";
import { Money, Percent, Probability } from "@/shared/value/value";

/** Which of today's opportunities a rule would alert on, and whom; nothing is sent. */
export function DryRun({ rule }: { rule: Record<string, unknown> }): ReactElement {
  const run = useMutation({ mutationFn: () => unwrap(api.POST("/api/v1/alert-rules/preview", { body: { rule } })) });
  const result = run.data;
  return (
    <section aria-label="Dry run" className="flex flex-col gap-2 rounded-md border border-line p-3">
      <div className="flex flex-wrap items-center gap-2">
        <span className="font-medium">Dry run</span>
        <Button className="ml-auto" busy={run.isPending} onClick={() => run.mutate()}>
          Try it on today's list
        </Button>
      </div>
      {run.isError && <ProblemNote error={run.error} />}
      {!result && !run.isError && <p className="text-sm text-muted">Shows which opportunities would trigger a message, and to which targets. Nothing is sent.</p>}
      {result && (
        <div role="status" className="flex flex-col gap-1 text-sm">
          <p>
            {result.items.length === 0
              ? `None of ${result.opportunities} opportunities would trigger a message.`
              : `${result.items.length} of ${result.opportunities} opportunities would trigger a message to ${result.targets.join(", ")}.`}
          </p>
          <ul>
            {result.items.slice(0, 8).map((row) => (
              <li key={row.opportunity_id} className="flex justify-between gap-3">
                <span className="truncate">{row.name}</span>
                <span className="whitespace-nowrap">
                  <Money value={row.profit} currency={row.currency} signed /> · <Percent value={row.margin_percentage} signed /> · <Probability value={row.p_profit} />
                </span>
              </li>
            ))}
          </ul>
          {result.items.length > 8 && <p className="text-muted">and {result.items.length - 8} more</p>}
        </div>
      )}
    </section>
  );
}
