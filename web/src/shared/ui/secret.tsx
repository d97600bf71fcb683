import { type ReactElement, useState } from "react";
import { Button } from "./button";

/** A secret that is shown once, with a button that copies it. */
export function Secret({ value, label }: { value: string; label: string }): ReactElement {
  const [isCopied, setCopied] = useState(false);
  return (
    <div className="flex gap-2">
      <input readOnly aria-label={label} className="field min-w-0 flex-1 font-mono" value={value} onFocus={(event) => event.target.select()} />
      <Button onClick={() => void navigator.clipboard.writeText(value).then(() => setCopied(true))}>{isCopied ? "Copied" : "Copy"}</Button>
    </div>
  );
}
