import type { ReactElement, ReactNode } from "react";

type Tone = "neutral" | "gain" | "loss" | "warn" | "accent";

const TONES: Record<Tone, string> = {
  neutral: "bg-sunken text-muted",
  gain: "bg-gain-soft text-gain",
  loss: "bg-loss-soft text-loss",
  warn: "bg-warn-soft text-warn",
  accent: "bg-accent-soft text-accent",
};

export function Badge({ tone = "neutral", title, children }: { tone?: Tone; title?: string; children: ReactNode }): ReactElement {
  return (
    <span title={title} className={`inline-block rounded px-1.5 py-0.5 text-xs font-medium whitespace-nowrap ${TONES[tone]}`}>
      {children}
    </span>
  );
}

const RISKS: Record<string, Tone> = { low: "gain", medium: "warn", high: "loss" };
const FILL: Record<string, number> = { low: 1, medium: 2, high: 3 };

/** Risk as a word and as one to three bars, so that the colour is never alone. */
export function Risk({ level }: { level: string | null | undefined }): ReactElement {
  if (!level) return <span className="text-muted">–</span>;
  return (
    <Badge tone={RISKS[level] ?? "neutral"}>
      <span aria-hidden="true" className="mr-1 inline-flex items-end gap-px align-[-1px]">
        {[1, 2, 3].map((bar) => (
          <i
            key={bar}
            className={`w-[3px] rounded-xs bg-current ${["h-1", "h-1.5", "h-2.5"][bar - 1]} ${bar <= (FILL[level] ?? 0) ? "" : "opacity-25"}`}
          />
        ))}
      </span>
      {level}
    </Badge>
  );
}

const STATUSES: Record<string, Tone> = {
  active: "accent",
  executed: "gain",
  expired: "neutral",
  cancelled: "neutral",
  failed: "loss",
  failure: "loss",
  success: "gain",
  done: "gain",
  running: "accent",
  started: "accent",
  queued: "neutral",
};

export function StatusBadge({ status }: { status: string }): ReactElement {
  return <Badge tone={STATUSES[status.toLowerCase()] ?? "neutral"}>{status.toLowerCase().replaceAll("_", " ")}</Badge>;
}
