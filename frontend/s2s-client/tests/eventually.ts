import { vi } from "vitest";

/** What a story waits for, as long as a busy machine may need: Vitest's own limit of a second is no claim of ours. */
export const eventually = <T>(check: () => T | Promise<T>, timeoutMs = 25_000): Promise<T> => vi.waitFor(check, timeoutMs);
