/** Formats figures for people. Pure. */

/** Formats a duration; below a second in whole milliseconds. */
export const milliseconds = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** Formats an amount; small ones keep two significant digits. */
export function dollars(usd: number): string {
  if (usd === 0) return "$0";
  if (usd >= 0.1) return `$${usd.toFixed(2)}`;
  return usd >= 0.0001 ? `$${Number(usd.toPrecision(2))}` : "under $0.0001";
}

export const count = (value: number): string => value.toLocaleString("en-US");
