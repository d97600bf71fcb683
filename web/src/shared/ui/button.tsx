import type { ComponentProps, ReactElement } from "react";

type Look = "primary" | "secondary" | "quiet" | "danger";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent border-transparent hover:brightness-110",
  secondary: "bg-surface text-text border-line-strong hover:bg-hover",
  quiet: "bg-transparent text-text border-transparent hover:bg-hover",
  danger: "bg-surface text-loss border-loss hover:bg-loss-soft",
};

const BASE =
  "inline-flex items-center justify-center gap-1.5 rounded-md border px-3 py-1.5 min-h-8.5 font-medium whitespace-nowrap disabled:opacity-55 disabled:cursor-not-allowed no-underline";

export function buttonClass(look: Look = "secondary", extra = ""): string {
  return `${BASE} ${LOOKS[look]} ${extra}`;
}

type Props = ComponentProps<"button"> & { look?: Look; busy?: boolean };

/** A busy button keeps its width and its focus, and takes no second press. */
export function Button({ look = "secondary", busy = false, className = "", children, onClick, ...rest }: Props): ReactElement {
  return (
    <button
      type="button"
      {...rest}
      className={buttonClass(look, className)}
      aria-disabled={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

export function Spinner(): ReactElement {
  return (
    <span
      aria-hidden="true"
      className="inline-block size-3.5 animate-spin rounded-full border-2 border-current border-r-transparent"
    />
  );
}
