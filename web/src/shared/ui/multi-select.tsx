import type { ReactElement, ReactNode } from "react";
import { Popup } from "./popup";

type Option = { value: string; label: string; note?: ReactNode };

type Props = {
  label: string;
  options: readonly Option[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** What the button shows; default: the label and the number chosen. */
  summary?: string;
};

/** Several of a list, as boxes in a panel; the button shows how many are chosen. */
export function MultiSelect({ label, options, value, onChange, summary }: Props): ReactElement {
  const only = value.length === 1 ? options.find((option) => option.value === value[0])?.label : undefined;
  const shown = summary ?? (value.length === 0 ? label : (only ?? `${label}: ${value.length}`));
  return (
    <Popup label={shown} name={summary ? undefined : `${label}: ${value.length > 0 ? (only ?? value.join(", ")) : "all"}`} marked={value.length > 0 && !summary} className="p-1">
      {() => (
        <fieldset className="max-h-80 min-w-48 overflow-y-auto">
          <legend className="sr-only">{label}</legend>
          {options.map((option) => (
            <label key={option.value} className="flex min-h-8 cursor-pointer items-center gap-2 rounded px-2 hover:bg-hover">
              <input
                type="checkbox"
                className="size-4"
                checked={value.includes(option.value)}
                onChange={(event) => onChange(event.target.checked ? [...value, option.value] : value.filter((item) => item !== option.value))}
              />
              <span className="flex-1 whitespace-nowrap">{option.label}</span>
              {option.note !== undefined && <span className="pl-3 text-xs text-muted tabular-nums">{option.note}</span>}
            </label>
          ))}
          {options.length === 0 && <p className="px-2 py-1 text-muted">None here.</p>}
        </fieldset>
      )}
    </Popup>
  );
}
