import { useSyncExternalStore } from "react";

/** Milliseconds in which a write can be taken back. */
export const WAIT = 8_000;

/** A write that waits before it is sent, so that it can be taken back. */
type Write = {
  /** What it changes; pages show that it is under way. */
  subject: string;
  /** What is being done, then what was done. */
  doing: string;
  done: string;
  /** Sends it. `keepalive`: the page is being left, and the request must outlive it. */
  send: (options: { keepalive: boolean }) => Promise<unknown>;
  /** Page that shows the result. */
  link?: { to: "/portfolio"; label: string };
};

export type Entry = Write & { id: number; state: "waiting" | "sending" | "done" | "failed"; error: unknown };

let entries: readonly Entry[] = [];
let lastId = 0;
const writtenAt = new Map<string, number>();
const timers = new Map<number, ReturnType<typeof setTimeout>>();
const listeners = new Set<() => void>();

function set(next: readonly Entry[]): void {
  entries = next;
  for (const listener of listeners) listener();
}

function change(id: number, values: Partial<Entry>): void {
  set(entries.map((entry) => (entry.id === id ? { ...entry, ...values } : entry)));
}

function find(id: number): Entry | undefined {
  return entries.find((entry) => entry.id === id);
}

function later(id: number): void {
  clearTimeout(timers.get(id));
  timers.set(
    id,
    setTimeout(() => (find(id)?.state === "waiting" ? void send(id) : dismiss(id)), WAIT),
  );
}

/** Shows a write with a button that takes it back, and sends it after `WAIT`. */
export function schedule(write: Write): void {
  const id = ++lastId;
  // What was done before needs no place any more.
  set([...entries.filter((entry) => entry.state !== "done"), { ...write, id, state: "waiting", error: null }]);
  later(id);
}

/** Sends a write now; also again after a failure. True: it was accepted. */
export async function send(id: number, keepalive = false): Promise<boolean> {
  const entry = find(id);
  if (!entry || entry.state === "sending" || entry.state === "done") return entry?.state === "done";
  clearTimeout(timers.get(id));
  change(id, { state: "sending", error: null });
  writtenAt.set(entry.subject, Date.now());
  try {
    await entry.send({ keepalive });
  } catch (error) {
    change(id, { state: "failed", error });
    return false;
  }
  change(id, { state: "done" });
  later(id);
  return true;
}

/** Takes back a write that waits, or closes the message of one that was sent. */
export function dismiss(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  set(entries.filter((entry) => entry.id !== id || entry.state === "sending"));
}

/** Stops the clock while a person reads or reaches for the button, and starts it anew afterwards. */
export function hold(id: number, isHeld: boolean): void {
  const state = find(id)?.state;
  if (state !== "waiting" && state !== "done") return;
  if (isHeld) clearTimeout(timers.get(id));
  else later(id);
}

/** Sends all that waits. True: everything was accepted. */
export async function flush(keepalive = false): Promise<boolean> {
  const sent = await Promise.all(entries.filter(({ state }) => state === "waiting").map(({ id }) => send(id, keepalive)));
  return sent.every(Boolean);
}

/** True for a subject that this window wrote to within the last `WAIT`: its news are its own. */
export function wasWritten(subject: string): boolean {
  return Date.now() - (writtenAt.get(subject) ?? -Infinity) < WAIT;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useWrites(): readonly Entry[] {
  return useSyncExternalStore(subscribe, () => entries);
}

/** Whether a write to the subject waits or is being sent. */
export function useIsUnderWay(subject: string): boolean {
  return useWrites().some((entry) => entry.subject === subject && (entry.state === "waiting" || entry.state === "sending"));
}

// A page that is left or hidden may never come back: what waits is sent.
if (typeof document !== "undefined") {
  window.addEventListener("pagehide", () => void flush(true));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void flush(true));
}
