// @vitest-environment jsdom
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Insights } from "../features/insights/insights";
import { CallArchive } from "../features/recording/callArchive";
import { CallFailure } from "../shared/callErrors";
import { SessionStore } from "../state/sessionState";
import { DEFAULTS, SettingsStore } from "../state/settings";
import { deleteEverything } from "./deletion";

const FORGOTTEN = { reports: 1, recordings: 0, stays: ["Sums."] };
const KEY = { session_id: "s1", session_key: "secret" };

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  localStorage.clear();
  sessionStorage.clear();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** A device with a past call, a reported one, settings and a key to sign in, and a page on which a call runs. */
async function aUsedPage() {
  const store = new SessionStore();
  const settings = new SettingsStore(localStorage);
  settings.change({ voice: "Kore" });
  localStorage.setItem("of-another-page", "stays");
  localStorage.setItem("s2s-token", "a key");
  sessionStorage.setItem("s2s-call", "a call for a reload");
  const calls = new CallArchive(store, settings);
  await (await calls.reportKeys()).add(KEY);
  calls.startRecording(Date.now());
  store.dispatch({ type: "start" });
  store.dispatch({ type: "microphone-open" });
  store.dispatch({
    type: "message",
    message: { type: "ready", session_id: "s2", backend: "emulator", model: "m", tools: [], images: false, wire: 1, input_rate: 16_000, output_rate: 24_000, frame_ms: 20 },
  });
  store.dispatch({ type: "message", message: { type: "user_transcript", id: 1, text: "Hello there", final: true } });
  window.dispatchEvent(new Event("pagehide"));
  const signIn = { signOut: vi.fn(() => Promise.resolve(null)) };
  return { store, calls, settings, insight: new Insights(localStorage, sessionStorage), signIn };
}

const databases = async () => (await indexedDB.databases()).map(({ name }) => name);

describe("deleting everything of mine", () => {
  it("leaves nothing in the browser, shows the service the keys of reported calls, and writes nothing more of a running call", async () => {
    const { store, ...page } = await aUsedPage();
    const forget = vi.fn(() => Promise.resolve(FORGOTTEN));
    const done = deleteEverything({ ...page, forget });
    store.dispatch({ type: "end" });
    expect(await done).toEqual({ left: [], service: FORGOTTEN });
    expect(forget).toHaveBeenCalledWith([KEY]);
    expect(await databases()).toEqual([]);
    expect([Object.keys(localStorage), Object.keys(sessionStorage)]).toEqual([["of-another-page"], []]);
    expect(page.settings.getSnapshot()).toEqual(DEFAULTS);
    expect(page.calls.call()).toBeNull();
    expect(page.signIn.signOut).toHaveBeenCalledOnce();
  });

  it("keeps the keys while the service cannot be asked, says so, and deletes all the rest", async () => {
    const page = await aUsedPage();
    const forget = () => Promise.reject(new CallFailure("gateway-unreachable"));
    const { left, service } = await deleteEverything({ ...page, forget });
    expect(left).toEqual(["keys"]);
    expect(service).toMatchObject({ code: "gateway-unreachable" });
    expect(await databases()).toEqual(["s2s-report-keys"]);
    expect(Object.keys(localStorage)).toEqual(["of-another-page"]);
  });

  it("tells what the browser refused", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const page = await aUsedPage();
    const calls = { reportKeys: page.calls.reportKeys, deleteEverything: () => Promise.reject(new Error("the browser refuses")) };
    expect((await deleteEverything({ ...page, calls, forget: () => Promise.resolve(FORGOTTEN) })).left).toEqual(["calls"]);
  });
});
