import { useNavigate } from "@tanstack/react-router";
import { type ReactElement, useEffect } from "react";
import { Button } from "@/shared/ui/button";
import { ProblemNote } from "@/shared/ui/states";
import { dismiss, type Entry, hold, send, useWrites } from "./undo";

/** Writes that can still be taken back, at the foot of the window. */
export function UndoBar(): ReactElement {
  const writes = useWrites();
  useUndoKey(writes);
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 bottom-0 z-40 flex flex-col items-center gap-2 p-3">
      {writes.map((entry) => (
        <Message key={entry.id} entry={entry} />
      ))}
    </div>
  );
}

/** Takes a write back; the focus, which its button had, goes to the page. */
function takeBack(id: number): void {
  dismiss(id);
  document.getElementById("main")?.focus();
}

/** Ctrl+Z takes back the newest write that waits, outside of text fields. */
function useUndoKey(writes: readonly Entry[]): void {
  useEffect(() => {
    const newest = writes.findLast(({ state }) => state === "waiting");
    if (!newest) return;
    const listen = (event: KeyboardEvent): void => {
      const isTyping = (event.target as HTMLElement).matches("input, textarea, select, [contenteditable]");
      if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || isTyping) return;
      event.preventDefault();
      takeBack(newest.id);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [writes]);
}

function Message({ entry }: { entry: Entry }): ReactElement {
  const { id, state, link } = entry;
  const navigate = useNavigate();
  const open = async (): Promise<void> => {
    if (!link || !(await send(id))) return;
    dismiss(id);
    await navigate({ to: link.to });
  };
  return (
    <div
      className="pointer-events-auto flex w-full max-w-2xl flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-line-strong bg-surface px-4 py-2.5 shadow-xl"
      onPointerEnter={() => hold(id, true)}
      onPointerLeave={() => hold(id, false)}
      onFocus={() => hold(id, true)}
      onBlur={() => hold(id, false)}
    >
      <span className="min-w-0 flex-1 basis-64">{state === "done" ? entry.done : state === "failed" ? "Not recorded." : entry.doing}</span>
      {state === "failed" && <ProblemNote error={entry.error} retry={() => void send(id)} />}
      {state === "waiting" && (
        <Button onClick={() => takeBack(id)} aria-label={`Undo: ${entry.doing}`} aria-keyshortcuts="Control+Z">
          Undo
          <kbd className="ml-1 rounded border border-line px-1 text-xs">Ctrl Z</kbd>
        </Button>
      )}
      {link && state !== "failed" && (
        <Button look="primary" busy={state === "sending"} onClick={() => void open()}>
          {link.label}
        </Button>
      )}
      {(state === "done" || state === "failed") && (
        <Button look="quiet" onClick={() => dismiss(id)}>
          Close
        </Button>
      )}
    </div>
  );
}
