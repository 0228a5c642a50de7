import { expect, it } from "vitest";
import { FIRST_NUMBERS } from "../services/transport/turnNumbering";
import { PersistedCalls, type PersistedCall } from "./persistedCall";

function shelf() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

const CALL: PersistedCall = {
  session: { session_id: "s1", session_key: "secret", ice_servers: [] },
  lines: [{ kind: "person", id: 1, text: "Hello", final: true }],
  turn: 3,
  numbers: { ...FIRST_NUMBERS, turn: 3, words: 1 },
  pushToTalk: false,
  savedAtMs: 1_000,
  lock: "s2s-call-a",
};

it("a conversation is found again by the next page within a minute, with its words", () => {
  const place = shelf();
  new PersistedCalls(place, null).save(CALL);
  expect(new PersistedCalls(place, null).findRecent(61_000)).toEqual(CALL);
  expect(new PersistedCalls(place, null).findRecent(61_001)).toBeNull();
});

it("one that is too old is deleted when it is found, and on the device nothing of any call is left", () => {
  const [tab, device] = [shelf(), shelf()];
  device.setItem("s2s-call", JSON.stringify(CALL));
  const calls = new PersistedCalls(tab, device);
  expect(device.getItem("s2s-call")).toBeNull();
  calls.save(CALL);
  expect(calls.findRecent(61_001)).toBeNull();
  expect(tab.getItem("s2s-call")).toBeNull();
});

it("one that has ended is forgotten", () => {
  const calls = new PersistedCalls(shelf(), null);
  calls.save(CALL);
  calls.remove();
  expect(calls.findRecent(1_000)).toBeNull();
});

it("of a long one the last 200 lines are kept", () => {
  const calls = new PersistedCalls(shelf(), null);
  calls.save({ ...CALL, lines: Array.from({ length: 500 }, (_, id) => ({ kind: "person", id, text: "x", final: true })) });
  expect(calls.findRecent(1_000)?.lines.map((line) => (line.kind === "person" ? line.id : -1))).toEqual(
    Array.from({ length: 200 }, (_, n) => 300 + n),
  );
});

it.each(["not JSON", "{}", '{"session": {"session_id": 3}}'])("a broken record is none: %s", (text) => {
  const place = shelf();
  place.setItem("s2s-call", text);
  expect(new PersistedCalls(place, null).findRecent(0)).toBeNull();
});
