import { expect, test } from "vitest";
import { isUnderWay, runtime } from "./runs-page";

test("a run that is queued, starting, running or being cancelled is under way", () => {
  const states = ["queued", "starting", "running", "cancelling", "succeeded", "failed", "cancelled"] as const;
  expect(states.map((state) => isUnderWay({ state }))).toEqual([true, true, true, true, false, false, false]);
});

test("the time of a run counts to its end, or to now while it runs", () => {
  const started = "2026-02-01T10:00:00Z";
  expect(runtime({ started_at: started, ended_at: "2026-02-01T10:02:00Z" })).toBe("2 min");
  expect(runtime({ started_at: started, ended_at: null }, new Date("2026-02-01T10:00:30Z"))).toBe("30 s");
  expect(runtime({ started_at: null, ended_at: null })).toBe("–");
});
