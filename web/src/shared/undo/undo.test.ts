import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { act, renderHook } from "@testing-library/react";
import { dismiss, flush, hold, schedule, send, useIsUnderWay, useWrites, WAIT, wasWritten } from "./undo";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  await flush();
  await act(() => vi.advanceTimersByTimeAsync(WAIT));
  vi.useRealTimers();
});

function scheduled(answer: () => Promise<unknown> = () => Promise.resolve()) {
  const sent = vi.fn(answer);
  const writes = renderHook(() => useWrites()).result;
  act(() => schedule({ subject: "opportunity 1", doing: "Cancelling", done: "Cancelled", send: sent }));
  return { sent, writes, id: writes.current.at(-1)!.id };
}

test("a write is sent once, after the wait", async () => {
  const { sent, writes } = scheduled();
  await act(() => vi.advanceTimersByTimeAsync(WAIT - 1));
  expect(sent).not.toHaveBeenCalled();
  await act(() => vi.advanceTimersByTimeAsync(1));
  expect(sent).toHaveBeenCalledExactlyOnceWith({ keepalive: false });
  expect(writes.current.map(({ state }) => state)).toEqual(["done"]);
  await act(() => vi.advanceTimersByTimeAsync(WAIT));
  expect(writes.current).toEqual([]);
});

test("a subject counts as written here from its sending on, for as long as its news may take", async () => {
  act(() => schedule({ subject: "opportunity 2", doing: "Cancelling", done: "Cancelled", send: () => Promise.resolve() }));
  expect(wasWritten("opportunity 2")).toBe(false);
  await act(() => vi.advanceTimersByTimeAsync(WAIT));
  expect(wasWritten("opportunity 2")).toBe(true);
  expect(wasWritten("opportunity 3")).toBe(false);
  await act(() => vi.advanceTimersByTimeAsync(WAIT));
  expect(wasWritten("opportunity 2")).toBe(false);
});

test("a write that is taken back is never sent", async () => {
  const { sent, id } = scheduled();
  act(() => dismiss(id));
  await act(() => vi.advanceTimersByTimeAsync(10 * WAIT));
  expect(sent).not.toHaveBeenCalled();
});

test("the clock stands still while the message is held, and starts anew afterwards", async () => {
  const { sent, id } = scheduled();
  await act(() => vi.advanceTimersByTimeAsync(WAIT - 1));
  act(() => hold(id, true));
  await act(() => vi.advanceTimersByTimeAsync(10 * WAIT));
  expect(sent).not.toHaveBeenCalled();
  act(() => hold(id, false));
  await act(() => vi.advanceTimersByTimeAsync(WAIT));
  expect(sent).toHaveBeenCalledOnce();
});

test("a page that is left sends what waits", async () => {
  const { sent } = scheduled();
  await act(async () => {
    window.dispatchEvent(new Event("pagehide"));
    await Promise.resolve();
  });
  expect(sent).toHaveBeenCalledExactlyOnceWith({ keepalive: true });
});

test("a failure stays until it is sent again or closed", async () => {
  let isAway = true;
  const { sent, writes, id } = scheduled(() => (isAway ? Promise.reject(new Error("away")) : Promise.resolve()));
  await act(() => vi.advanceTimersByTimeAsync(10 * WAIT));
  expect(writes.current.map(({ state }) => state)).toEqual(["failed"]);
  isAway = false;
  await act(async () => expect(await send(id)).toBe(true));
  expect(sent).toHaveBeenCalledTimes(2);
  expect(writes.current.map(({ state }) => state)).toEqual(["done"]);
});

test("its subject is under way until it is sent", async () => {
  const isUnderWay = renderHook(() => useIsUnderWay("opportunity 1")).result;
  scheduled();
  expect(isUnderWay.current).toBe(true);
  await act(() => vi.advanceTimersByTimeAsync(WAIT));
  expect(isUnderWay.current).toBe(false);
});
