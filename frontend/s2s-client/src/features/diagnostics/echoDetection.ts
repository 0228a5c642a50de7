/** Finds a known sound in a recording, with its delay and level. Pure. */

export interface EchoFound {
  /** From the start of the recording to the start of the sound in it. */
  readonly delayMs: number;
  /** How much quieter than it was played. */
  readonly gainDb: number;
}

export const SWEEP_S = 0.5;
const LOW_HZ = 300;
const HIGH_HZ = 3_000;
/** A quarter of full scale: clearly audible, but not startling. */
const AMPLITUDE = 0.25;
/** Fades in and out, so that it does not click. */
const FADE_S = 0.03;
/** With 1,350 independent values any other sound reaches a tenth of this correlation by chance. */
const ALIKE = 0.2;

/** A tone that glides up or down, at sample rate `rate`. */
export function sweep(rate: number, direction: "up" | "down"): Float32Array<ArrayBuffer> {
  const length = Math.round(SWEEP_S * rate);
  const out = new Float32Array(length);
  for (let n = 0; n < length; n++) {
    const t = (direction === "up" ? n : length - n) / rate;
    const phase = 2 * Math.PI * (LOW_HZ * t + ((HIGH_HZ - LOW_HZ) / (2 * SWEEP_S)) * t * t);
    const fade = Math.min(1, n / (FADE_S * rate), (length - n) / (FADE_S * rate));
    out[n] = AMPLITUDE * fade * Math.sin(phase);
  }
  return out;
}

/** Finds `played` in `recorded`, both at `rate`; null if it is not there. */
export function findEcho(recorded: Float32Array, played: Float32Array, rate: number): EchoFound | null {
  const [mic, own, halfRate] = [halved(recorded), halved(played), rate / 2];
  const ownEnergy = energy(own, 0, own.length);
  let micEnergy = energy(mic, 0, own.length);
  let best = { likeness: 0, lag: 0, gain: 0 };
  for (let lag = 0; lag + own.length <= mic.length; lag++) {
    let product = 0;
    for (let n = 0; n < own.length; n++) product += (own[n] as number) * (mic[lag + n] as number);
    const likeness = micEnergy > 0 ? Math.abs(product) / Math.sqrt(micEnergy * ownEnergy) : 0;
    if (likeness > best.likeness) best = { likeness, lag, gain: Math.abs(product) / ownEnergy };
    micEnergy = Math.max(0, micEnergy - (mic[lag] as number) ** 2 + (mic[lag + own.length] ?? 0) ** 2);
  }
  if (best.likeness < ALIKE) return null;
  return { delayMs: (1000 * best.lag) / halfRate, gainDb: 20 * Math.log10(best.gain) };
}

/** Halves the sample rate; the sweep stays far below the new limit. */
function halved(samples: Float32Array): Float32Array {
  return Float32Array.from({ length: samples.length >> 1 }, (_, n) => ((samples[2 * n] ?? 0) + (samples[2 * n + 1] ?? 0)) / 2);
}

function energy(samples: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let n = from; n < Math.min(to, samples.length); n++) sum += (samples[n] as number) ** 2;
  return sum;
}
