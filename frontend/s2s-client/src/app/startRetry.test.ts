import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FailureCode } from "../types";
import { failure } from "../shared/callErrors";
import { StartRetry } from "./startRetry";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const refusal = (code: FailureCode, retryAfterS?: number) => ({ ...failure(code), ...(retryAfterS !== undefined && { retryAfterS }) });

describe("a refused start", () => {
  it.each(["gateway-busy", "gateway-stopping", "too-many-requests", "too-many-sessions-from-address", "upstream-unavailable"] as const)(
    "is tried again after the time the gateway gave and a little more: %s",
    (code) => {
      const again = vi.fn();
      const retries = new StartRetry(again, () => 1);
      expect(retries.plan(refusal(code, 4), 100)).toBe(5_100);
      vi.advanceTimersByTime(4_999);
      expect(again).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(again).toHaveBeenCalledOnce();
    },
  );

  it.each([
    refusal("day-limit", 3_600),
    refusal("too-many-requests", 61),
    refusal("gateway-busy"),
    refusal("microphone-refused", 5),
  ])("is left to the person where waiting is long, unknown or useless: %o", (reason) => {
    expect(new StartRetry(vi.fn()).plan(reason, 0)).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is tried five times, and anew after the person has tried", () => {
    const retries = new StartRetry(vi.fn());
    const plans = Array.from({ length: 6 }, () => retries.plan(refusal("gateway-busy", 1), 0) !== null);
    expect(plans).toEqual([true, true, true, true, true, false]);
    retries.reset();
    expect(retries.plan(refusal("gateway-busy", 1), 0)).not.toBeNull();
  });

  it("is not tried again when the person says so", () => {
    const again = vi.fn();
    const retries = new StartRetry(again);
    retries.plan(refusal("gateway-busy", 1), 0);
    retries.reset();
    vi.advanceTimersByTime(10_000);
    expect(again).not.toHaveBeenCalled();
  });
});
