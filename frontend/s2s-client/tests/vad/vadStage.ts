/** For the tests of the ear: recordings of people, noises, rooms. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const RATE = 16_000;

const file = (path: URL): ArrayBuffer => Uint8Array.from(readFileSync(path)).buffer;

export const WEIGHTS = file(new URL("../../src/audio/vad/silero-vad-16k.f16.bin", import.meta.url));

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

/** When a voice begins, in ms: the first 20 ms within 26 dB of its loudest 20 ms. As `python -m bench browser` counts. */
export function beginMs(pcm: Float32Array): number {
  const power = Array.from({ length: Math.floor(pcm.length / 320) }, (_, n) =>
    pcm.subarray(320 * n, 320 * (n + 1)).reduce((sum, sample) => sum + sample * sample, 0),
  );
  const limit = Math.max(...power) / 10 ** 2.6;
  return 20 * power.findIndex((value) => value >= limit);
}

const PLACE = "/usr/share/pocketsphinx/test/data";
/** Debian's place, or where scripts/needs.py unpacks what Debian did not install. */
const RECORDINGS = [PLACE, join(import.meta.dirname, "../../../../.test-data", PLACE)].find(existsSync);
const SAID = ["Wait, stop.", "No, that is not what I meant.", "Five is enough.", "Show me the other one."];

/** People who begin to speak, by name: fourteen recordings, and four voices of flite. Throws where a package is missing. */
export function beginnings(): Map<string, Float32Array> {
  if (!RECORDINGS) throw new Error("Recordings of people are missing. Install them (Debian: apt-get install pocketsphinx-testdata).");
  const found = new Map<string, Float32Array>();
  for (const folder of ["librivox", "cards", "tidigits", "."]) {
    for (const name of readdirSync(join(RECORDINGS, folder)).filter((one) => /\.(wav|raw)$/.test(one)).sort()) {
      found.set(name, pcmOf(join(RECORDINGS, folder, name)));
    }
  }
  const folder = mkdtempSync(join(tmpdir(), "s2s-begin-"));
  for (const voice of ["kal16", "awb", "rms", "slt"]) {
    for (const words of SAID) {
      execFileSync("flite", ["-voice", voice, "-t", words, "-o", join(folder, "said.wav")]);
      found.set(`${voice}: ${words}`, pcmOf(join(folder, "said.wav")));
    }
  }
  rmSync(folder, { recursive: true });
  return found;
}

/** PCM16LE mono 16 kHz, with or without the 44 bytes of a WAV file before it. */
function pcmOf(path: string): Float32Array {
  const bytes = Uint8Array.from(readFileSync(path));
  const from = path.endsWith(".wav") ? 44 : 0;
  return Float32Array.from(new Int16Array(bytes.buffer, from, Math.floor((bytes.length - from) / 2)), (sample) => sample / 32_768);
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

/** Sounds of a room that are nobody's voice. Made, not recorded; other seeds make others of the kind. */
export function noisesOf(seed: number): Readonly<Record<string, Float32Array>> {
  const dice = (n: number): number => n + 100 * seed;
  /** Other knocks, other tones: 1 for the first set. */
  const vary = 1 + 0.3 * Math.sin(1.7 * seed);
  return {
    "a door": burst(0.35, dice(5), (t) => Math.exp(-t * 18 * vary), 0.9, 0.93),
    "a dropped pen": burst(0.08, dice(6), (t) => Math.exp(-t * 60 * vary), 0.6, 0),
    "typing": joined(...[11, 12, 13, 14, 15, 16].flatMap((n) => [burst(0.03, dice(n), (t) => Math.exp(-t * 150), 0.4, 0.2), silence(0.11)])),
    "a cough": joined(
      burst(0.16, dice(8), (t) => Math.min(1, t * 80) * Math.exp(-t * 14), 0.8, 0.5), silence(0.12 * vary),
      burst(0.14, dice(9), (t) => Math.exp(-t * 16), 0.6, 0.6),
    ),
    "a fan": burst(2, dice(10), () => 1, 0.08, 0.8),
    "hum of the mains": Float32Array.from({ length: seconds(1.5) }, (_, n) => 0.1 * Math.sin((2 * Math.PI * 50 * n) / RATE) + 0.05 * Math.sin((2 * Math.PI * 150 * n) / RATE)),
    "a telephone": Float32Array.from({ length: seconds(1) }, (_, n) => 0.2 * Math.sin((2 * Math.PI * (n % 1600 < 800 ? 1_200 : 1_500) * vary * n) / RATE)),
    "a hiss": burst(1, dice(17), (t) => Math.sin(Math.PI * t), 0.2, 0),
    "three knocks": joined(...[18, 19, 20].flatMap((n) => [knock(dice(n), 110 + 60 * vary), silence(0.12)])),
  };
}

export const NOISES = noisesOf(0);

/** Air, then a little voice, through a throat: the network cannot tell it from a word at once. Other seeds, other coughs. */
export function throatCough(seed: number): Float32Array {
  const random = randomFrom(77 * seed);
  const pitch = 185 + 75 * random();
  const source = Float32Array.from({ length: seconds(0.3) }, (_, n) => {
    const t = n / RATE;
    const voice = t > 0.06 ? 0.35 * Math.exp(-8 * t) * Math.sign(Math.sin(2 * Math.PI * pitch * t * (1 - 0.3 * t))) : 0;
    return random() * Math.min(1, 200 * t) * Math.exp(-14 * t) + voice;
  });
  const throat = [[600, 1], [1_400, 0.7], [2_700, 0.4]] as const;
  const out = throat.map(([hz, share]) => resounding(source, hz, 150).map((sample) => 0.02 * share * sample));
  return source.map((_, n) => out.reduce((sum, part) => sum + (part[n] ?? 0), 0));
}

/** A chair on a wooden floor: a tone that wavers, with overtones. */
export function creakingChair(seed: number): Float32Array {
  const random = randomFrom(31 * seed);
  const hz = 300 + 200 * random();
  let turn = 0;
  return Float32Array.from({ length: seconds(0.5) }, (_, n) => {
    const t = n / RATE;
    turn += (2 * Math.PI * hz * (1 + 0.1 * Math.sin(30 * t))) / RATE;
    const tone = [1, 2, 3, 4, 5, 6].reduce((sum, k) => sum + Math.sin(k * turn) / k, 0);
    return 0.1 * (tone + 0.5 * random()) * Math.min(1, 50 * t) * Math.min(1, 20 * (0.5 - t));
  });
}

/** Heard through a cavity of that tone and width. */
function resounding(sound: Float32Array, hz: number, widthHz: number): Float32Array {
  const radius = Math.exp((-Math.PI * widthHz) / RATE);
  let [before, earlier] = [0, 0];
  return sound.map((sample) => {
    const now = sample + 2 * radius * Math.cos((2 * Math.PI * hz) / RATE) * before - radius * radius * earlier;
    [before, earlier] = [now, before];
    return now;
  });
}

/** A table's own tone and the hit on it. */
function knock(seed: number, hz: number): Float32Array {
  const random = randomFrom(seed);
  return Float32Array.from({ length: seconds(0.12) }, (_, n) => 0.5 * Math.exp((-45 * n) / RATE) * (Math.sin((2 * Math.PI * hz * n) / RATE) + 0.3 * random()));
}

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
