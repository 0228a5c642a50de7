import { describe, expect, it, vi } from "vitest";
import { DEFAULTS, keepingOf, keptIn, needsNewSession, readSettings, SettingsStore } from "./settings";

function shelf(content: string | null = null) {
  let kept = content;
  return { getItem: () => kept, setItem: (_: string, value: string) => void (kept = value) };
}

describe("the settings", () => {
  it("are remembered on this device", () => {
    const place = shelf();
    new SettingsStore(place).change({ voice: "Kore", volume: 0.5, tools: ["get_weather"] });
    expect(new SettingsStore(place).getSnapshot()).toEqual({ ...DEFAULTS, voice: "Kore", volume: 0.5, tools: ["get_weather"] });
  });

  it.each([["not JSON"], ["null"], ["7"], ['{"volume": 9, "captions": "yes", "tools": [1], "unknown": true}']])(
    "of a broken store (%s) take their defaults",
    (stored) => {
      expect(readSettings(stored)).toEqual(DEFAULTS);
    },
  );

  it("one broken member spoils no other", () => {
    expect(readSettings('{"voice": 3, "resume": true}')).toEqual({ ...DEFAULTS, resume: true });
  });

  it("that cannot be kept last as long as the page", () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const full = { getItem: () => null, setItem: () => { throw new DOMException("", "QuotaExceededError"); } };
    const store = new SettingsStore(full);
    store.change({ captions: false });
    expect(store.getSnapshot().captions).toBe(false);
  });

  it("that a running conversation cannot take over are known", () => {
    expect(needsNewSession(DEFAULTS, { ...DEFAULTS, volume: 0.2, captions: false, bargeIn: false })).toBe(false);
    expect(needsNewSession(DEFAULTS, { ...DEFAULTS, sensitivity: "high" })).toBe(true);
    expect(needsNewSession(DEFAULTS, { ...DEFAULTS, voice: "Kore" })).toBe(true);
    expect(needsNewSession(DEFAULTS, { ...DEFAULTS, tools: [] })).toBe(true);
  });

  it("tell those who listen, and refuse what does not fit", () => {
    const store = new SettingsStore(null);
    const heard = vi.fn();
    store.subscribe(heard);
    store.change({ volume: 4 });
    expect(heard).not.toHaveBeenCalled();
    store.change({ volume: 0.4 });
    expect(heard).toHaveBeenCalledOnce();
  });
});

describe("where conversations are kept", () => {
  it("is one choice, which says what the two flags of older pages meant", () => {
    expect([{ record: true, history: true }, { record: true, history: false }, { record: false, history: true }].map(keepingOf)).toEqual(["device", "page", "nowhere"]);
    for (const where of ["device", "page", "nowhere"] as const) expect(keepingOf({ ...DEFAULTS, ...keptIn(where) })).toBe(where);
  });

  it("leaves no sound where nothing is kept", () => {
    expect({ ...DEFAULTS, sound: true, ...keptIn("nowhere") }).toMatchObject({ record: false, history: false, sound: false });
    expect(keptIn("page")).not.toHaveProperty("sound");
  });
});
