/** What one call learned about the connection, for this page's next call: it then starts compressed at once. */

/** Long enough for "call again"; after that it may be another network. */
const REMEMBERED_MS = 600_000;

let slowAtMs = -Infinity;

export function rememberNetwork(slow: boolean, nowMs: number): void {
  slowAtMs = slow ? nowMs : -Infinity;
}

export function wasSlowLately(nowMs: number): boolean {
  return nowMs - slowAtMs < REMEMBERED_MS;
}
