import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { RecordedCall } from "./callRecord";
import { CallDatabase, MAX_CALLS } from "./callDatabase";
import { shortCall } from "../../testing/callStage";

const story = shortCall();
const call = story.recorder.snapshot(story.nowMs);
const named = (id: string, day: number): RecordedCall => ({
  sound: null,
  record: { ...call.record, id, startedAt: new Date(Date.UTC(2026, 0, day)).toISOString() },
});
const ids = async (history: CallDatabase) => (await history.list()).map(({ id }) => id);

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
});

/** A browser that keeps some things not: `why` says what it throws for them. */
function refusing(why: (shelf: string, value: unknown) => DOMException | null) {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its store below
  const put = IDBObjectStore.prototype.put;
  return vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
    const refusal = why(this.name, value);
    if (refusal) throw refusal;
    return put.call(this, value, key);
  });
}

describe("past calls on this device", () => {
  it("are listed with date, length and first words, and come back with their sound", async () => {
    const history = new CallDatabase();
    expect(await history.save(call)).toBe(true);
    expect(await history.list()).toMatchObject([
      { id: "a", startedAt: "2026-11-22T09:30:00.000Z", durationMs: 4_500, firstWords: "What's the weather in *Paris*?" },
    ]);
    const again = await new CallDatabase().load("a");
    expect(again?.record).toEqual(call.record);
    expect(again?.sound?.ai.read(2_850 * 24, 1)[0]).toBe(2_000);
  });

  it("are deleted one by one, or all", async () => {
    const history = new CallDatabase();
    for (const [day, id] of ["a", "b", "c"].entries()) await history.save(named(id, day + 1));
    expect(await ids(history)).toEqual(["c", "b", "a"]);
    await history.deleteCall("b");
    expect(await ids(history)).toEqual(["c", "a"]);
    expect(await history.load("b")).toBeNull();
    await history.deleteAll();
    expect(await ids(history)).toEqual([]);
  });

  it("are at most a hundred: the oldest goes", async () => {
    const history = new CallDatabase();
    for (let day = 0; day <= MAX_CALLS; day++) await history.save(named(`call ${day}`, day + 1));
    const kept = await ids(history);
    expect(kept).toHaveLength(MAX_CALLS);
    expect(kept.at(-1)).toBe("call 1");
  });

  it("make room when the browser has none left, and say so when even that does not help", async () => {
    const history = new CallDatabase();
    await history.save(named("old", 1));
    await history.save(named("newer", 2));
    let [tries, fullFor] = [0, 1];
    const browser = refusing((shelf) => (shelf === "files" && ++tries <= fullFor ? new DOMException("full", "QuotaExceededError") : null));
    expect(await history.save(named("new", 3))).toBe(true);
    expect(await ids(history)).toEqual(["new", "newer"]);
    [tries, fullFor] = [0, Infinity];
    expect(await history.save(named("newest", 4))).toBe(false);
    expect(await ids(history)).toEqual([]);
    browser.mockRestore();
  });

  it("are kept as bytes where the browser keeps no files, as in a private window of WebKit, and come back with their sound", async () => {
    const refusal = new DOMException("Error preparing Blob/File data to be stored in object store", "UnknownError");
    const browser = refusing((_, value) => (value instanceof Blob ? refusal : null));
    const history = new CallDatabase();
    expect(await history.save(call)).toBe(true);
    const asked = browser.mock.calls.length;
    expect(await history.save(call)).toBe(true);
    // It is not asked again what it has refused.
    expect(browser.mock.calls.slice(asked).filter(([value]) => value instanceof Blob)).toEqual([]);
    browser.mockRestore();
    const again = await new CallDatabase().load("a");
    expect(again?.record).toEqual(call.record);
    expect(again?.sound?.ai.read(2_850 * 24, 1)[0]).toBe(2_000);
  });
});
