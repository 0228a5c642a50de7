/** What one call has found out about the line, for the next one of this page: it begins compressed at once. */

/** Long enough for "call again"; later it may be another network. */
const REMEMBERED_MS = 600_000;

let slowAtMs = -Infinity;

export function rememberNetwork(slow: boolean, nowMs: number): void {
  slowAtMs = slow ? nowMs : -Infinity;
}

export function wasSlowLately(nowMs: number): boolean {
  return nowMs - slowAtMs < REMEMBERED_MS;
}
