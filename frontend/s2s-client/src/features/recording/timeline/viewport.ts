/** Which part of a call the line shows, and where a moment lies on it. Pure. */

export interface View {
  readonly durationMs: number;
  readonly widthPx: number;
  /** At the left edge. */
  readonly fromMs: number;
  readonly msPerPx: number;
}

/** Nearer than this nothing new is seen. */
const NEAREST_MS_PER_PX = 2;
const TICKS_MS = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000] as const;
const MIN_TICK_PX = 64;

/** The whole call. */
export function fit(durationMs: number, widthPx: number): View {
  return clamped({ durationMs, widthPx, fromMs: 0, msPerPx: Infinity });
}

/** `factor` above 1 comes nearer; what is at `atMs` keeps its place. */
export function zoom(view: View, factor: number, atMs: number): View {
  const nearer = clamped({ ...view, msPerPx: view.msPerPx / factor });
  const share = (atMs - view.fromMs) / view.msPerPx;
  return clamped({ ...nearer, fromMs: atMs - share * nearer.msPerPx });
}

export function pan(view: View, byPx: number): View {
  return clamped({ ...view, fromMs: view.fromMs + byPx * view.msPerPx });
}

export function resized(view: View, widthPx: number): View {
  const whole = view.msPerPx * view.widthPx >= view.durationMs;
  return whole ? fit(view.durationMs, widthPx) : clamped({ ...view, widthPx });
}

/** A page further, where `ms` is not to be seen. */
export function showing(view: View, ms: number): View {
  const x = toX(view, ms);
  return x >= 0 && x <= view.widthPx ? view : clamped({ ...view, fromMs: ms - 0.05 * view.widthPx * view.msPerPx });
}

export const toX = (view: View, ms: number): number => (ms - view.fromMs) / view.msPerPx;

export const toMs = (view: View, x: number): number => Math.min(view.durationMs, Math.max(0, view.fromMs + x * view.msPerPx));

/** Round moments for the ruler, as many as have room. */
export function ticks(view: View): number[] {
  const step = TICKS_MS.find((ms) => ms / view.msPerPx >= MIN_TICK_PX) ?? TICKS_MS[TICKS_MS.length - 1] ?? 1;
  const first = Math.ceil(view.fromMs / step);
  const last = Math.floor(toMs(view, view.widthPx) / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
}

function clamped(view: View): View {
  const durationMs = Math.max(1, view.durationMs);
  const widthPx = Math.max(1, view.widthPx);
  const most = durationMs / widthPx;
  const msPerPx = Math.min(most, Math.max(Math.min(NEAREST_MS_PER_PX, most), view.msPerPx));
  const fromMs = Math.min(Math.max(0, view.fromMs), Math.max(0, durationMs - widthPx * msPerPx));
  return { durationMs, widthPx, fromMs, msPerPx };
}
