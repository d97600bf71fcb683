import { type ComponentProps, type ReactElement, type ReactNode, useId } from "react";

type Shared = { label: string; hint?: ReactNode; error?: string; wrapClass?: string };

function Wrap({ id, label, hint, error, wrapClass, children }: Shared & { id: string; children: ReactNode }): ReactElement {
  return (
    <div className={`flex flex-col gap-1 ${wrapClass ?? ""}`}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children}
      {hint && !error && (
        <div id={`${id}-hint`} className="text-xs text-muted">
          {hint}
        </div>
      )}
      {error && (
        <div id={`${id}-error`} className="text-sm text-loss">
          {error}
        </div>
      )}
    </div>
  );
}

function described(id: string, { hint, error }: Shared): string | undefined {
  return error ? `${id}-error` : hint ? `${id}-hint` : undefined;
}

export function TextField({ label, hint, error, wrapClass, className = "", ...rest }: Shared & ComponentProps<"input">): ReactElement {
  const id = useId();
  const shared = { label, hint, error, wrapClass };
  return (
    <Wrap id={id} {...shared}>
      <input id={id} {...rest} className={`field w-full ${className}`} aria-invalid={error ? true : undefined} aria-describedby={described(id, shared)} />
    </Wrap>
  );
}

export function TextArea({ label, hint, error, wrapClass, className = "", ...rest }: Shared & ComponentProps<"textarea">): ReactElement {
  const id = useId();
  const shared = { label, hint, error, wrapClass };
  return (
    <Wrap id={id} {...shared}>
      <textarea id={id} {...rest} className={`field w-full ${className}`} aria-invalid={error ? true : undefined} aria-describedby={described(id, shared)} />
    </Wrap>
  );
}

export function SelectField({ label, hint, error, wrapClass, className = "", children, ...rest }: Shared & ComponentProps<"select">): ReactElement {
  const id = useId();
  const shared = { label, hint, error, wrapClass };
  return (
    <Wrap id={id} {...shared}>
      <select id={id} {...rest} className={`field w-full ${className}`} aria-invalid={error ? true : undefined} aria-describedby={described(id, shared)}>
        {children}
      </select>
    </Wrap>
  );
}

/** An amount of money as typed; null where it is no amount with at most two digits after the point. */
export function readAmount(text: string): string | null {
  const plain = text.trim().replace(/^\$\s*/u, "");
  return /^\d{1,10}(\.\d{1,2})?$/u.test(plain) ? plain : null;
}

/** A number of pieces or cards as typed; null where it is no whole number from 1. */
export function readCount(text: string): number | null {
  return /^[1-9]\d{0,5}$/u.test(text.trim()) ? Number(text) : null;
}
