import { type ReactElement, type ReactNode, useEffect } from "react";

type Props = { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode; wide?: boolean };

/** A page: its title in the tab and as the only h1. */
export function Page({ title, lead, actions, children, wide = true }: Props): ReactElement {
  useEffect(() => {
    document.title = `${title} · arb_pipeline`;
  }, [title]);
  return (
    <div className={`mx-auto flex w-full flex-col gap-3 px-3 py-4 sm:px-5 ${wide ? "max-w-[110rem]" : "max-w-4xl"}`}>
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="text-xl font-semibold tracking-tight text-balance">{title}</h1>
          {lead && <div className="mt-0.5 text-muted">{lead}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

/** A titled panel. */
export function Panel({ title, note, actions, children, id }: { title: string; note?: ReactNode; actions?: ReactNode; children: ReactNode; id?: string }): ReactElement {
  return (
    <section className="card min-w-0" aria-label={title} id={id}>
      <header className="flex flex-wrap items-baseline gap-x-3 gap-y-1 border-b border-line px-3 py-2">
        <h2 className="font-semibold">{title}</h2>
        {note && <div className="text-sm text-muted">{note}</div>}
        {actions && <div className="ml-auto flex flex-wrap gap-2">{actions}</div>}
      </header>
      <div className="p-3">{children}</div>
    </section>
  );
}

/** Label and value, as pairs of a description list. */
export function Facts({ items }: { items: [label: string, value: ReactNode, hint?: ReactNode][] }): ReactElement {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
      {items.map(([label, value, hint]) => (
        <div key={label} className="col-span-2 grid grid-cols-subgrid items-baseline">
          <dt className="text-muted">{label}</dt>
          <dd className="min-w-0 text-right wrap-anywhere">
            {value}
            {hint && <div className="text-xs text-muted">{hint}</div>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A figure with its label, for rows of key figures. */
export function Figure({ label, children, hint }: { label: string; children: ReactNode; hint?: ReactNode }): ReactElement {
  return (
    <div className="min-w-0">
      <div className="text-xs text-muted">{label}</div>
      <div className="text-lg leading-snug font-semibold tabular-nums">{children}</div>
      {hint && <div className="text-xs text-muted">{hint}</div>}
    </div>
  );
}
