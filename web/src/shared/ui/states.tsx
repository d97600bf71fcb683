import type { ReactElement, ReactNode } from "react";
import { ApiProblem, isProblem, type ProblemKind } from "@/api/problem";
import { duration } from "@/shared/format/format";
import { Button } from "./button";
import { Prose } from "./prose";

type Props = {
  title: string;
  /** Why it is so, and what to do. */
  children?: ReactNode;
  action?: ReactNode;
  tone?: "neutral" | "loss" | "warn";
  headingLevel?: 1 | 2 | 3;
  live?: boolean;
};

const MARKS = { neutral: "○", warn: "⚠", loss: "✕" };
const COLOURS = { neutral: "text-muted", warn: "text-warn", loss: "text-loss" };

/** A designed state of a page or panel: what it is, why, and what to do. */
export function StateView({ title, children, action, tone = "neutral", headingLevel = 2, live = false }: Props): ReactElement {
  const Heading = `h${headingLevel}` as "h2";
  return (
    <div role={live ? "alert" : undefined} className="mx-auto flex max-w-xl flex-col items-center gap-2 px-6 py-12 text-center">
      <span aria-hidden="true" className={`text-2xl ${COLOURS[tone]}`}>
        {MARKS[tone]}
      </span>
      <Heading className="text-base font-semibold">{title}</Heading>
      {children && <div className="text-muted">{children}</div>}
      {action && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

const TITLES: Record<ProblemKind, string> = {
  offline: "The server does not answer",
  "signed-out": "You are signed out",
  forbidden: "Your role does not include this",
  "not-found": "This does not exist",
  conflict: "The state does not allow this",
  changed: "Someone else changed this in the meantime",
  invalid: "The request was not accepted",
  "too-large": "This is too large",
  throttled: "Too many requests",
  unavailable: "The service is not available",
  failed: "The server failed",
};

const HINTS: Record<ProblemKind, string> = {
  offline: "Check that arb serve is running and that this machine is connected. What is shown stays; try again then.",
  "signed-out": "The session has ended. Sign in to continue where you were.",
  forbidden: "Ask an administrator for a role that includes it.",
  "not-found": "It may have been removed, or the address is wrong.",
  conflict: "Reload to see the present state.",
  changed: "Reload, look at the change, and apply yours again.",
  invalid: "Correct what is named and try again.",
  "too-large": "Split it and send the parts.",
  throttled: "Wait a moment; nothing is lost.",
  unavailable: "The database or a service behind the API is away. It comes back by itself; try again.",
  failed: "Try again. If it happens again, pass on the request id.",
};

function problemTitle(error: unknown): string {
  return error instanceof ApiProblem ? TITLES[error.kind] : "This page failed";
}

/** The detail of a failure, or the hint for its kind where the answer had none. */
function problemText(error: unknown): string {
  if (!(error instanceof ApiProblem)) return error instanceof Error ? error.message : String(error);
  if (error.kind === "throttled" && error.retryAfter !== null) return `Try again in ${duration(error.retryAfter)}; nothing is lost.`;
  return error.body.detail ?? HINTS[error.kind];
}

/** A failure in the place of content. */
export function ProblemView({ error, retry, action }: { error: unknown; retry?: () => void; action?: ReactNode }): ReactElement {
  const isOwn = error instanceof ApiProblem;
  return (
    <StateView
      live
      title={problemTitle(error)}
      tone={isProblem(error, "forbidden", "throttled", "not-found", "signed-out") ? "warn" : "loss"}
      action={
        <>
          {retry && !isProblem(error, "forbidden", "not-found", "signed-out") && (
            <Button look="primary" onClick={retry}>
              Try again
            </Button>
          )}
          {action}
        </>
      }
    >
      <p>
        <Prose text={problemText(error)} />
      </p>
      {isOwn && error.body.request_id && (
        <p className="mt-2 text-xs">
          Request id <code>{error.body.request_id}</code>
        </p>
      )}
    </StateView>
  );
}

/** A failure beside content that stays: of a form, or of a refresh. */
export function ProblemNote({ error, retry }: { error: unknown; retry?: () => void }): ReactElement | null {
  if (!error) return null;
  return (
    <div role="alert" className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md border border-loss bg-loss-soft px-3 py-2 text-loss">
      <strong>{problemTitle(error)}.</strong>
      <span>
        <Prose text={problemText(error)} />
      </span>
      {retry && (
        <button type="button" className="underline" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Notice({ tone = "accent", children, action }: { tone?: "accent" | "warn" | "gain"; children: ReactNode; action?: ReactNode }): ReactElement {
  const look = { accent: "border-accent bg-accent-soft", warn: "border-warn bg-warn-soft text-warn", gain: "border-gain bg-gain-soft text-gain" }[tone];
  return (
    <div className={`flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md border px-3 py-2 ${look}`}>
      <div className="min-w-0 flex-1">{children}</div>
      {action}
    </div>
  );
}

/** Placeholder rows of the final height: nothing moves when the content arrives. */
export function SkeletonRows({ rows = 8, height = 40, label }: { rows?: number; height?: number; label: string }): ReactElement {
  return (
    <div role="status">
      <span className="sr-only">Loading {label}</span>
      <div aria-hidden="true">
        {Array.from({ length: rows }, (_, row) => (
          <div key={row} className="flex items-center gap-4 border-b border-line px-3" style={{ height }}>
            <span className="skeleton h-3.5 w-2/5" />
            <span className="skeleton ml-auto h-3.5 w-16" />
            <span className="skeleton h-3.5 w-16" />
            <span className="skeleton h-3.5 w-12" />
          </div>
        ))}
      </div>
    </div>
  );
}
