/** Splits an answer's latency into its parts. Pure. */

export type PartName = "capture" | "up" | "model" | "gateway" | "down" | "buffer";

export interface Part {
  readonly name: PartName;
  readonly ms: number;
}

/** The timestamps of one answer, in ms by the local clock; null if unknown. */
export interface TurnFacts {
  /** The user's last sound was captured, or their line was typed. */
  readonly askedAtMs: number;
  /** The frame with that sound left this page. */
  readonly sentAtMs: number | null;
  /** Uplink transit time at that point. */
  readonly upMs: number | null;
  /** The gateway sent the first frame of the answer. */
  readonly answeredAtMs: number | null;
  /** How long the gateway held that frame. */
  readonly heldMs: number | null;
  /** The frame arrived in this page. */
  readonly arrivedAtMs: number | null;
  /** The first sound left the loudspeaker. */
  readonly soundedAtMs: number;
}

/**
 * The parts of the time from `askedAtMs` to `soundedAtMs`, in order; their sum is that time, and none is negative.
 *
 * What one clock measures alone (capture, gateway, buffer) is taken as it is. The transit times come from two clocks that are
 * compared within an error; where that error would make a part negative, its neighbour gives the difference. `model` is the
 * rest: end-of-speech detection, thinking, tools. Where something is unknown, `model` contains it.
 */
export function waterfall(facts: TurnFacts): readonly Part[] {
  const end = Math.max(facts.askedAtMs, facts.soundedAtMs);
  // `from` may lie a rounding error beyond `to`.
  const within = (atMs: number, from: number, to: number) => Math.min(Math.max(atMs, from), to);
  const sent = within(facts.sentAtMs ?? facts.askedAtMs, facts.askedAtMs, end);
  const arrived = within(facts.arrivedAtMs ?? end, sent, end);
  const known = facts.answeredAtMs !== null && facts.arrivedAtMs !== null;
  const held = known ? Math.min(Math.max(0, facts.heldMs ?? 0), arrived - sent) : 0;
  const answered = known ? within(facts.answeredAtMs, sent + held, arrived) : arrived;
  const came = Math.max(sent, answered - held);
  const up = Math.min(Math.max(0, facts.upMs ?? 0), came - sent);
  return [
    { name: "capture", ms: sent - facts.askedAtMs },
    { name: "up", ms: up },
    { name: "model", ms: came - sent - up },
    { name: "gateway", ms: held },
    { name: "down", ms: arrived - answered },
    { name: "buffer", ms: end - arrived },
  ];
}

/** The nearest-rank percentile, or null without values. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
