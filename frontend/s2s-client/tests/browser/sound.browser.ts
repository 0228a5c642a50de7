/** Both worklets on a browser's own render thread: samples in, samples out, at the rates of the wire and at others. */
import { describe, expect, it } from "vitest";
import captureUrl from "../../src/audio/capture.worklet.ts?worker&url";
import playbackUrl from "../../src/audio/playback.worklet.ts?worker&url";
import { CAPTURE_PROCESSOR, type FromCapture, type FromPlayback, PLAYBACK_PROCESSOR, type ToPlayback } from "../../src/audio/workletProtocol";
import { readSamples, writeHeader, writeSamples } from "../../src/audio/pcm";
import { FLAG_LAST_OF_TURN, FRAME_MS, HEADER_BYTES, INPUT_RATE, INPUT_SAMPLES, OUTPUT_RATE, OUTPUT_SAMPLES } from "../../src/types/wire.gen";

const TONE_HZ = 440;
const tone = (at: number, rate: number) => 0.5 * Math.sin((2 * Math.PI * TONE_HZ * at) / rate);

function voiceFrame(turn: number, seq: number, last = false): ArrayBuffer {
  const frame = new ArrayBuffer(HEADER_BYTES + 2 * OUTPUT_SAMPLES);
  writeSamples(frame, Float32Array.from({ length: OUTPUT_SAMPLES }, (_, at) => tone(seq * OUTPUT_SAMPLES + at, OUTPUT_RATE)));
  writeHeader(frame, { turn, seq, flags: last ? FLAG_LAST_OF_TURN : 0, clockMs: seq * FRAME_MS });
  return frame;
}

const ECHO = `registerProcessor("echo", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.port.postMessage(data);
  }
  process() {
    return true;
  }
});`;

/** Answers when the render thread has read everything that was sent to it before: its messages keep their order. */
async function echoOf(context: BaseAudioContext): Promise<() => Promise<void>> {
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([ECHO], { type: "text/javascript" })));
  const node = new AudioWorkletNode(context, "echo");
  return () =>
    new Promise((settle) => {
      node.port.onmessage = () => { settle(); };
      node.port.postMessage(null);
    });
}

/** What the loudspeaker would get while `tell` talks to the worklet, and the worklet's reports. */
async function playback(tell: (say: (message: ToPlayback) => void) => void) {
  const context = new OfflineAudioContext({ length: OUTPUT_RATE, sampleRate: OUTPUT_RATE });
  await context.audioWorklet.addModule(playbackUrl);
  const node = new AudioWorkletNode(context, PLAYBACK_PROCESSOR, { numberOfInputs: 0, outputChannelCount: [1] });
  const reports: FromPlayback[] = [];
  node.port.onmessage = ({ data }: MessageEvent<FromPlayback>) => reports.push(data);
  node.connect(context.destination);
  const echo = await echoOf(context);
  // Offline, the sound may be computed before a message has arrived: it waits until all were read.
  const told = context.suspend(0).then(async () => {
    tell((message) => { node.port.postMessage(message); });
    await echo();
    await context.resume();
  });
  const sound = (await context.startRendering()).getChannelData(0);
  await told;
  return { sound, reports };
}

describe("the loudspeaker's worklet", () => {
  it("plays the frames of a turn without a gap, to the sample, and tells its beginning and end", async () => {
    const { sound, reports } = await playback((say) => {
      for (let seq = 0; seq < 20; seq++) say({ kind: "frame", frame: voiceFrame(7, seq, seq === 19) });
    });
    const from = sound.findIndex((sample) => sample !== 0);
    const heard = sound.subarray(from, from + 19 * OUTPUT_SAMPLES);
    // The first sample of a sine is 0.
    const furthest = heard.reduce((most, sample, at) => Math.max(most, Math.abs(sample - tone(at + 1, OUTPUT_RATE))), 0);
    expect(from).toBeGreaterThanOrEqual(0);
    expect(furthest).toBeLessThan(2 / 32_768);
    await expect.poll(() => reports.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["first", "progress", "end"]));
    expect(reports.find(({ kind }) => kind === "end")).toMatchObject({ turn: 7, ms: 400 });
  });

  it("is silent for a turn that was flushed, also for its frames that come later", async () => {
    const { sound } = await playback((say) => {
      say({ kind: "flush", turn: 7 });
      for (let seq = 0; seq < 20; seq++) say({ kind: "frame", frame: voiceFrame(7, seq) });
    });
    expect(sound.every((sample) => sample === 0)).toBe(true);
  });

  it.each([["half", 0.45], ["full", 0.126]] as const)("is quieter by the duck that the ear asks for (%s), without a click", async (how, gain) => {
    const { sound } = await playback((say) => {
      say({ kind: "duck", how });
      for (let seq = 0; seq < 40; seq++) say({ kind: "frame", frame: voiceFrame(7, seq) });
    });
    const end = sound.subarray(OUTPUT_RATE / 2, (OUTPUT_RATE * 3) / 4);
    expect(Math.max(...end)).toBeCloseTo(0.5 * gain, 2);
    // No sample further from the one before it than the tone's own steepest, and the ramp's.
    const steepest = 0.5 * ((2 * Math.PI * TONE_HZ) / OUTPUT_RATE + 0.005);
    expect(sound.findIndex((sample, at) => Math.abs(sample - (sound[at - 1] ?? 0)) > steepest)).toBe(-1);
  });

  it("plays at the volume that was chosen", async () => {
    const { sound } = await playback((say) => {
      say({ kind: "volume", gain: 0.25 });
      for (let seq = 0; seq < 40; seq++) say({ kind: "frame", frame: voiceFrame(7, seq) });
    });
    const end = sound.subarray(OUTPUT_RATE / 2, (OUTPUT_RATE * 3) / 4);
    expect(Math.max(...end)).toBeGreaterThan(0.11);
    expect(Math.max(...end)).toBeLessThan(0.14);
  });
});

describe.each([INPUT_RATE, 44_100, 48_000])("the microphone's worklet at %i Hz", (rate) => {
  it("makes a frame of every 20 ms, in which the tone has its own pitch and loudness", async () => {
    const context = new OfflineAudioContext({ length: rate, sampleRate: rate });
    await context.audioWorklet.addModule(captureUrl);
    const node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, { numberOfOutputs: 1 });
    const frames: FromCapture[] = [];
    node.port.onmessage = ({ data }: MessageEvent<FromCapture>) => frames.push(data);
    const source = new OscillatorNode(context, { frequency: TONE_HZ });
    source.connect(new GainNode(context, { gain: 0.5 })).connect(node).connect(context.destination);
    source.start();
    await context.startRendering();
    await expect.poll(() => frames.length).toBeGreaterThanOrEqual(49);
    const pcm = frames.slice(5, 45).flatMap(({ frame }) => [...readSamples(frame)]);
    expect(pcm.length).toBe(40 * INPUT_SAMPLES);
    const crossings = pcm.filter((sample, at) => at > 0 && (pcm[at - 1] ?? 0) < 0 && sample >= 0).length;
    expect(crossings / (pcm.length / INPUT_RATE)).toBeGreaterThan(TONE_HZ - 3);
    expect(crossings / (pcm.length / INPUT_RATE)).toBeLessThan(TONE_HZ + 3);
    expect(frames[20]?.rms).toBeCloseTo(0.5 / Math.SQRT2, 1);
  });
});
