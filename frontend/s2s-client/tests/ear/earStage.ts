/** For the tests of the ear: recordings of people, noises, rooms. */
import { readFileSync } from "node:fs";

export const RATE = 16_000;

const file = (path: URL): ArrayBuffer => Uint8Array.from(readFileSync(path)).buffer;

export const WEIGHTS = file(new URL("../../src/ear/silero-vad-16k.f16.bin", import.meta.url));

/** A person's voice at 16 kHz, full scale 1; the recordings are the gateway's. */
export function clip(name: string): Float32Array {
  const wav = file(new URL(`../../../../backend/tests/clips/${name}.wav`, import.meta.url));
  return Float32Array.from(new Int16Array(wav, 44), (sample) => sample / 32_768);
}

/** Numbers between -1 and 1 that are the same in every run. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

export const seconds = (s: number): number => Math.round(s * RATE);

export function scaled(pcm: Float32Array, db: number): Float32Array {
  const gain = 10 ** (db / 20);
  return pcm.map((sample) => sample * gain);
}

/** `parts` laid over each other, each beginning at its second, in `length` seconds of a quiet room. */
export function mixed(length: number, ...parts: readonly (readonly [at: number, pcm: Float32Array])[]): Float32Array {
  const random = randomFrom(7);
  const out = Float32Array.from({ length: seconds(length) }, () => 0.0003 * random());
  for (const [start, pcm] of parts) {
    pcm.forEach((sample, n) => {
      const place = seconds(start) + n;
      if (place < out.length) out[place] = (out[place] as number) + sample;
    });
  }
  return out;
}

export function joined(...parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** What a room with 0.4 s of reverberation and a small loudspeaker make of a sound. */
export function echoOf(pcm: Float32Array, delayMs: number, db: number, seed = 3): Float32Array {
  const random = randomFrom(seed);
  const taps: [number, number][] = [[0, 1]];
  for (let n = 0; n < 120; n++) {
    const ms = 2 + 2.5 * n;
    taps.push([Math.round((ms + random()) * 16), 0.35 * random() * 10 ** ((-3 * ms) / 400)]);
  }
  const gain = 10 ** (db / 20);
  const delay = Math.round(delayMs * 16);
  const out = new Float32Array(pcm.length + delay + seconds(0.5));
  for (const [lag, weight] of taps) {
    for (let n = 0; n < pcm.length; n++) {
      const place = n + delay + lag;
      if (place >= 0) out[place] = (out[place] as number) + gain * weight * Math.tanh(1.5 * (pcm[n] as number));
    }
  }
  return out;
}

/** When a voice begins, in s: the first 40 ms that are within 20 dB of its loudest 10 ms. Breath and room are fainter. */
export function onsetOf(pcm: Float32Array): number {
  const power = Array.from({ length: Math.floor(pcm.length / 160) }, (_, n) =>
    pcm.subarray(160 * n, 160 * (n + 1)).reduce((sum, sample) => sum + sample * sample, 0),
  );
  const limit = Math.max(...power) / 100;
  const first = power.findIndex((_, n) => power.slice(n, n + 4).filter((value) => value > limit).length === 4);
  return first / 100;
}

/** Sounds of a room that are nobody's voice. Made, not recorded. */
export const NOISES: Readonly<Record<string, Float32Array>> = {
  "a door": burst(0.35, 5, (t) => Math.exp(-t * 18), 0.9, 0.93),
  "a dropped pen": burst(0.08, 6, (t) => Math.exp(-t * 60), 0.6, 0),
  "typing": joined(...[11, 12, 13, 14, 15, 16].flatMap((seed) => [burst(0.03, seed, (t) => Math.exp(-t * 150), 0.4, 0.2), silence(0.11)])),
  "a cough": joined(burst(0.16, 8, (t) => Math.min(1, t * 80) * Math.exp(-t * 14), 0.8, 0.5), silence(0.12), burst(0.14, 9, (t) => Math.exp(-t * 16), 0.6, 0.6)),
  "a fan": burst(2, 10, () => 1, 0.08, 0.8),
  "hum of the mains": Float32Array.from({ length: seconds(1.5) }, (_, n) => 0.1 * Math.sin((2 * Math.PI * 50 * n) / RATE) + 0.05 * Math.sin((2 * Math.PI * 150 * n) / RATE)),
  "a telephone": Float32Array.from({ length: seconds(1) }, (_, n) => 0.2 * Math.sin((2 * Math.PI * (n % 1600 < 800 ? 1_200 : 1_500) * n) / RATE)),
  "a hiss": burst(1, 17, (t) => Math.sin(Math.PI * t), 0.2, 0),
};

function silence(length: number): Float32Array {
  return new Float32Array(seconds(length));
}

/** Noise under an envelope; `dull` from 0 to 1 takes the treble away. */
function burst(length: number, seed: number, envelope: (t: number) => number, peak: number, dull: number): Float32Array {
  const random = randomFrom(seed);
  let before = 0;
  return Float32Array.from({ length: seconds(length) }, (_, n) => {
    before = dull * before + (1 - dull) * random();
    return peak * envelope(n / RATE) * before * (1 + 2 * dull);
  });
}
