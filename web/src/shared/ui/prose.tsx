import { Fragment, type ReactElement } from "react";

/** A sentence of the server: what stands in backticks is a command or a setting, and is set as one. */
export function Prose({ text }: { text: string }): ReactElement {
  return (
    <>
      {text.split("`").map((part, index) =>
        index % 2 === 1 ? (
          <code key={index} className={`rounded bg-sunken px-1 text-[0.9em] text-text ${part.length < 30 ? "whitespace-nowrap" : "break-words"}`}>
            {part}
          </code>
        ) : (
          <Fragment key={index}>{part}</Fragment>
        ),
      )}
    </>
  );
}
