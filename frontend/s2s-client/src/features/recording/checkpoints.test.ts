// @vitest-environment jsdom
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { type Settings, SettingsStore } from "../../state/settings";
import { type SessionEvent, SessionStore } from "../../state/sessionState";
import { CallArchive } from "./callArchive";
import { EVERY_MS } from "./checkpoints";
import { CallDatabase } from "./callDatabase";
import { eventually } from "../../../tests/eventually";

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const EVENTS: readonly SessionEvent[] = [
  { type: "start" },
  { type: "microphone-open" },
  {
    type: "message",
    message: {
      type: "ready",
      session_id: "s",
      backend: "emulator",
      model: "m",
      tools: [],
      images: false,
      wire: 1,
      input_rate: 16_000,
      output_rate: 24_000,
      frame_ms: 20,
    },
  },
];
const SAID: SessionEvent = { type: "message", message: { type: "user_transcript", id: 1, text: "Hello there", final: true } };

function aCall(wishes: Partial<Settings> = {}) {
  const store = new SessionStore();
  const settings = new SettingsStore(null);
  settings.change(wishes);
  const keeper = new CallArchive(store, settings);
  const recorder = keeper.startRecording(Date.now());
  EVENTS.forEach((event) => { store.dispatch(event); });
  return { store, settings, keeper, recorder };
}

const LOUD = new Int16Array(320).fill(900);

/** Whether there was sound in each version of the call that was written to the device. */
function writtenSound() {
  const written = vi.spyOn(CallDatabase.prototype, "save");
  onTestFinished(() => { written.mockRestore(); });
  return () => written.mock.calls.map(([{ sound }]) => (sound?.person.bytes ?? 0) > 0);
}

const kept = () => new CallDatabase().list();

it("a page that is closed in mid-call has kept the call with its sound", async () => {
  const { store, recorder } = aCall({ sound: true });
  store.dispatch(SAID);
  recorder?.recordMicrophone(LOUD, 0.1, Date.now());
  window.dispatchEvent(new Event("pagehide"));
  await eventually(async () => { expect(await kept()).toMatchObject([{ firstWords: "Hello there" }]); });
  // 20 ms of sound at 16 kHz are 640 bytes, in base64 a third more.
  expect((await kept())[0]?.bytes).toBeGreaterThan(1_200);
  store.dispatch({ type: "end" });
});

it("a page that crashes has kept the words, and the end of the call replaces them", async () => {
  const { store } = aCall();
  store.dispatch(SAID);
  vi.advanceTimersByTime(EVERY_MS);
  await eventually(async () => { expect(await kept()).toHaveLength(1); });
  const [before] = await kept();
  store.dispatch({ type: "message", message: { type: "model_transcript", turn: 1, text: "Hi!", at_ms: 0 } });
  store.dispatch({ type: "end" });
  vi.advanceTimersByTime(5 * EVERY_MS);
  await eventually(async () => {
    const list = await kept();
    expect(list).toHaveLength(1);
    expect(list[0]?.bytes).toBeGreaterThan(before?.bytes ?? Infinity);
  });
});

it("keeps no sound without the wish: not in memory, not in mid-call, not at the end", async () => {
  const written = writtenSound();
  const { store, keeper, recorder } = aCall();
  expect(recorder?.keepsSound).toBe(false);
  store.dispatch(SAID);
  recorder?.recordMicrophone(LOUD, 0.1, Date.now());
  recorder?.recordPlayedAudio({ pcm: LOUD, frame: 0, atMs: Date.now() });
  expect(keeper.call()?.sound).toBeNull();
  window.dispatchEvent(new Event("pagehide"));
  store.dispatch({ type: "end" });
  await eventually(() => { expect(keeper.getSnapshot().onDevice).toBe("yes"); });
  expect(written()).toEqual([false, false]);
});

it("drops the sound of a running call, also what was kept so far, when the wish is taken back", async () => {
  const written = writtenSound();
  const { store, settings, keeper, recorder } = aCall({ sound: true });
  store.dispatch(SAID);
  recorder?.recordMicrophone(LOUD, 0.1, Date.now());
  window.dispatchEvent(new Event("pagehide"));
  settings.change({ sound: false });
  recorder?.recordMicrophone(LOUD, 0.1, Date.now());
  expect(keeper.call()?.sound).toBeNull();
  store.dispatch({ type: "end" });
  await eventually(() => { expect(keeper.getSnapshot().onDevice).toBe("yes"); });
  expect(written()).toEqual([true, false]);
});

it("who wishes no history has nothing kept by a closed page", async () => {
  const { store } = aCall({ history: false });
  store.dispatch(SAID);
  vi.advanceTimersByTime(EVERY_MS);
  window.dispatchEvent(new Event("pagehide"));
  store.dispatch({ type: "end" });
  expect(await kept()).toEqual([]);
});
