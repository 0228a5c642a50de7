import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { CallFailure } from "../../shared/callErrors";
import { findEcho, sweep } from "./echoDetection";
import { type EchoConnection, runDiagnostics, type Progress, STEPS, type Environment } from "./diagnosticSteps";
import { conclusion, type Finding, finding, report, type Verdict } from "./findings";
import { type Health, judgeAbilities, judgeEcho, judgeHealth, judgeLevel, judgeQuality, judgeSocket, judgeTurn, judgeUdp } from "./thresholds";
import { inputLevel } from "./inputLevel";
import { pause, withTimeout } from "./withTimeout";

const RATE = 16_000;
const ABLE = { secure: true, microphone: true, sound: true, webrtc: true, websocket: true, compression: true };
const HEALTHY: Health = {
  status: "ok",
  version: "0.1.0",
  sessions: { active: 1, max: 100 },
  upstream: { backend: "vertex", model: "gemini-live", region: "us-central1", reachable: true, why: "service account key found", fault: "", last_failure: "", warnings: [] },
  engine: null,
};

const tone = (amplitude: number, frames = 50): Float32Array[] =>
  Array.from({ length: frames }, () => Float32Array.from({ length: 320 }, (_, n) => amplitude * Math.sin((2 * Math.PI * 440 * n) / RATE)));
const verdicts = (findings: readonly Finding[]): Record<string, Verdict> => Object.fromEntries(findings.map(({ id, verdict }) => [id, verdict]));

describe("the echo", () => {
  const played = sweep(RATE, "down");
  const noise = (seed: number, amplitude: number, length: number) => {
    let state = seed;
    return Float32Array.from({ length }, () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return amplitude * (state / 2 ** 30 - 1);
    });
  };
  const room = (delay: number, gain: number, background: Float32Array): Float32Array =>
    background.map((sample, n) => sample + gain * (played[n - delay] ?? 0));

  it("is found with its delay and its strength, also in a noisy room", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_000 }), fc.integer({ min: -40, max: 0 }), fc.nat(1_000), (delay, gainDb, seed) => {
        const gain = 10 ** (gainDb / 20);
        const echo = findEcho(room(delay, gain, noise(seed, 0.1 * gain, 18_000)), played, RATE);
        expect(echo).not.toBeNull();
        expect(Math.abs(echo!.delayMs - delay / 16)).toBeLessThan(1);
        // A sample that lies between two costs up to 3 dB.
        expect(Math.abs(echo!.gainDb - gainDb)).toBeLessThan(3);
      }),
      { numRuns: 6 },
    );
  });

  it("is not found in silence, in noise, in a hum, or in the sound that glides the other way", () => {
    const others = [new Float32Array(18_000), noise(7, 0.2, 18_000), Float32Array.from({ length: 18_000 }, (_, n) => 0.3 * Math.sin(n / 9)), sweep(RATE, "up")];
    for (const other of others) {
      const recorded = new Float32Array(18_000);
      recorded.set(other.subarray(0, 18_000), 0);
      expect(findEcho(recorded, played, RATE)).toBeNull();
    }
  });

  it("asks for headphones only when it is strong", () => {
    expect(judgeEcho(null).verdict).toBe("ok");
    expect(judgeEcho({ delayMs: 80, gainDb: -50 })).toMatchObject({ verdict: "ok", remedy: "" });
    const strong = judgeEcho({ delayMs: 80.4, gainDb: -12.2 });
    expect(strong).toMatchObject({ verdict: "warn", detail: expect.stringContaining("80 ms at -12 dB") as string });
    expect(strong.remedy).toContain("headphones");
  });
});

describe("the microphone", () => {
  const judged = (frames: Float32Array[]) => judgeLevel(inputLevel(frames));

  it.each<[string, Float32Array[], Verdict, RegExp]>([
    ["speech in a quiet room", [...tone(0.001), ...tone(0.2)], "ok", /Speech at -17 dB, background at -63 dB/],
    ["nothing at all", tone(0), "fail", /No sound is coming/],
    ["a whisper, or nobody", tone(0.002), "warn", /Very quiet/],
    ["a loud room", [...tone(0.05), ...tone(0.3)], "warn", /Loud background/],
    ["an overdriven input", [...tone(0.001), ...tone(3).map((frame) => frame.map((one) => Math.max(-1, Math.min(1, one))))], "warn", /Too loud: \d+ % of the sound is cut off/],
  ])("is judged: %s", (_, frames, verdict, words) => {
    expect(judged(frames)).toMatchObject({ verdict, detail: expect.stringMatching(words) as string });
  });

  it("is not called overdriven for one sample at full scale", () => {
    const peak = tone(0.2);
    peak[0]![10] = 1;
    expect(inputLevel(peak).clippedShare).toBe(0);
  });
});

describe("the gateway's health", () => {
  const with_ = (changes: Partial<Health>) => verdicts(judgeHealth({ ...HEALTHY, ...changes }));
  const upstream = (changes: NonNullable<Health["upstream"]>) => with_({ upstream: { ...HEALTHY.upstream, ...changes } })["upstream"];

  it("names service, model, region and what decided", () => {
    expect(judgeHealth(HEALTHY)[1]).toMatchObject({ verdict: "ok", detail: "Vertex AI, gemini-live, region us-central1 (service account key found)." });
    const local = { backend: "emulator", model: "gemini-3.8-live", region: "", reachable: true, why: "no credentials found" };
    expect(judgeHealth({ ...HEALTHY, upstream: local })[1]?.detail).toBe("Local engine (no credentials found).");
  });

  it("is told in words for every state", () => {
    expect(verdicts(judgeHealth(null))).toEqual({ gateway: "fail" });
    expect(verdicts(judgeHealth({}))).toMatchObject({ gateway: "warn" });
    // What everybody gets but the operator.
    expect(judgeHealth({ status: "ok" })).toMatchObject([{ verdict: "ok", detail: "Ready for conversations." }]);
    expect(with_({ status: "stopping" })).toMatchObject({ gateway: "warn" });
    expect(with_({ status: "unavailable", sessions: { active: 2, max: 2 } })).toMatchObject({ gateway: "warn" });
    expect(with_({ status: "unavailable", breaker: { state: "open", why: "quota" } })).toMatchObject({ gateway: "warn" });
    expect(upstream({ fault: "The key file does not exist." })).toBe("fail");
    expect(upstream({ reachable: false })).toBe("fail");
    expect(upstream({ last_failure: "1008" })).toBe("warn");
    expect(upstream({ warnings: ["GCP_PROJECT_ID is not set"] })).toBe("warn");
    expect(with_({ engine: { state: "missing", message: "no voice" } })).toMatchObject({ engine: "fail" });
    expect(with_({ engine: { state: "down", message: "" } })).toMatchObject({ engine: "warn" });
    expect(with_({ engine: { state: "ready", message: "" } })).toMatchObject({ engine: "ok" });
  });
});

describe("the network", () => {
  it("is judged by loss, round trip and jitter", () => {
    const judged = (sent: number, trips: number[]) => judgeQuality({ sent, roundTripsMs: trips }).verdict;
    const same = (ms: number, count = 100) => Array.from({ length: count }, () => ms);
    expect(judged(100, same(30))).toBe("ok");
    expect(judged(100, same(30, 95))).toBe("warn");
    expect(judged(100, same(30, 70))).toBe("fail");
    expect(judged(100, same(300))).toBe("warn");
    expect(judged(100, same(900))).toBe("fail");
    expect(judged(100, same(0).map((_, at) => (at % 2 ? 20 : 140)))).toBe("warn");
    expect(judged(100, [])).toBe("fail");
    expect(judgeQuality(null).verdict).toBe("none");
    expect(judgeQuality({ sent: 100, roundTripsMs: same(30, 99) }).detail).toBe("Round trip 30 ms, jitter 0 ms, 1 % lost of 100.");
  });

  it("has no word of a developer in what it says to a visitor", () => {
    const all = [
      ...[null, {}, { status: "unavailable" }, { status: "unavailable", sessions: { active: 2, max: 2 } }].flatMap(judgeHealth),
      ...[{ fault: "x" }, { reachable: false }, { last_failure: "1008" }, { warnings: ["GCP_PROJECT_ID is not set"] }].flatMap((changes) =>
        judgeHealth({ ...HEALTHY, upstream: { ...HEALTHY.upstream, ...changes }, engine: { state: "missing", message: "Run make setup." } }),
      ),
      judgeUdp(null), judgeTurn(null), judgeSocket(false),
    ];
    for (const { detail, remedy } of all) expect(`${detail} ${remedy}`).not.toMatch(/S2S_|GCP_|REACT_APP|backend\/|make |\.env|uvicorn/);
    expect(all.filter(({ details }) => details !== "").length).toBeGreaterThan(8);
  });

  it("may be direct, translated, relayed or blocked", () => {
    const path = (type: string) => judgeUdp({ type, protocol: "udp" }).verdict;
    expect(["host", "prflx", "relay"].map(path)).toEqual(["ok", "ok", "warn"]);
    expect(judgeUdp(null).verdict).toBe("fail");
    expect([judgeTurn(undefined), judgeTurn(null), judgeTurn({ type: "relay", protocol: "tcp" })].map(({ verdict }) => verdict)).toEqual(["none", "warn", "ok"]);
  });

  it("needs a browser that can", () => {
    const judged = (change: Partial<typeof ABLE>) => judgeAbilities({ ...ABLE, ...change }).verdict;
    expect([judged({}), judged({ webrtc: false }), judged({ secure: false }), judged({ microphone: false }), judged({ sound: false })]).toEqual(["ok", "warn", "fail", "fail", "fail"]);
    expect(judgeAbilities({ ...ABLE, compression: false }).detail).toContain("can’t compress audio");
  });
});

/** A world in which everything is fine, but for what a story changes. */
function world(changes: Partial<Environment> = {}) {
  const lines: { closed: boolean }[] = [];
  const line = (type: string | null): EchoConnection => {
    const state = { closed: false };
    lines.push(state);
    return {
      path: type === null ? null : { type, protocol: "udp" },
      exchange: (count) => Promise.resolve({ sent: count, roundTripsMs: Array.from({ length: count }, () => 20) }),
      close: () => { state.closed = true; },
    };
  };
  const fine: Environment = {
    abilities: () => ABLE,
    health: () => Promise.resolve(HEALTHY),
    level: () => Promise.resolve(inputLevel([...tone(0.001), ...tone(0.2)])),
    echo: () => Promise.resolve(null),
    hasTurn: () => Promise.resolve(true),
    peer: (way) => Promise.resolve(line(way === "relay" ? "relay" : "host")),
    socket: () => Promise.resolve(line(null)),
    ...changes,
  };
  return { fine, lines };
}

async function examined(changes: Partial<Environment> = {}) {
  const { fine, lines } = world(changes);
  const findings: Finding[] = [];
  const steps: string[] = [];
  const progress: Progress = { onStep: ({ id }) => steps.push(id), onFindings: (found) => findings.push(...found) };
  await runDiagnostics(fine, progress, new AbortController().signal);
  expect(lines.every(({ closed }) => closed)).toBe(true);
  return { findings, steps, found: verdicts(findings), words: conclusion(findings) };
}

describe("the examination", () => {
  it("goes through all steps in order, and leaves nothing open", async () => {
    const { steps, found, words } = await examined();
    expect(steps).toEqual(STEPS.map(({ id }) => id));
    expect(found).toEqual({ browser: "ok", gateway: "ok", upstream: "ok", microphone: "ok", echo: "ok", udp: "ok", turn: "ok", websocket: "ok", quality: "ok" });
    expect(words).toEqual({ verdict: "ok", words: "Everything works." });
  });

  it("says that a call works over the WebSocket where UDP is blocked, and measures there", async () => {
    const { found, words } = await examined({ peer: () => Promise.reject(new Error("The browser found no way out for UDP.")) });
    expect(found).toMatchObject({ udp: "fail", turn: "warn", websocket: "ok", quality: "ok" });
    expect(words.words).toContain("over the fallback");
  });

  it("blames no network where the browser has no WebRTC", async () => {
    const { found, words } = await examined({ abilities: () => ({ ...ABLE, webrtc: false }), peer: () => Promise.reject(new Error("not asked for")) });
    expect(found).toMatchObject({ browser: "warn", udp: "none", turn: "none", websocket: "ok", quality: "ok" });
    expect(words.words).toBe("Conversations work. There’s one warning.");
  });

  it("goes on when a step fails, and gives the browser's reason and its remedy", async () => {
    const { findings, found, words } = await examined({ level: () => Promise.reject(new CallFailure("microphone-refused")) });
    expect(found).toMatchObject({ microphone: "fail", echo: "none", udp: "ok" });
    expect(findings.find(({ id }) => id === "microphone")).toMatchObject({ detail: "Microphone access is blocked.", remedy: expect.stringContaining("lock or mic icon") as string });
    expect(words.verdict).toBe("fail");
  });

  it("says so when nothing reaches the gateway", async () => {
    const gone = () => Promise.reject(new Error("gone"));
    const { found, words } = await examined({ health: () => Promise.resolve(null), hasTurn: gone, peer: gone, socket: gone, echo: gone });
    expect(found).toEqual({ browser: "ok", gateway: "fail", microphone: "ok", echo: "warn", udp: "fail", turn: "warn", websocket: "fail", quality: "none" });
    expect(words.verdict).toBe("fail");
  });

  it("says so when the gateway is there and does not accept the page", async () => {
    const refused = new CallFailure("origin-refused", { message: "It does not accept pages from here.", hint: "Add it." });
    const { findings } = await examined({ health: () => Promise.reject(refused) });
    expect(findings.find(({ id }) => id === "gateway")).toMatchObject({ verdict: "fail", detail: "It does not accept pages from here.", remedy: "Add it." });
  });

  it("ends at once when it is stopped, with everything closed", async () => {
    const { fine, lines } = world();
    const stop = new AbortController();
    const found = vi.fn();
    const progress: Progress = { onStep: ({ id }) => { if (id === "turn") stop.abort(); }, onFindings: found };
    await expect(runDiagnostics(fine, progress, stop.signal)).rejects.toThrow();
    expect(found).toHaveBeenCalledTimes(5);
    expect(lines.every(({ closed }) => closed)).toBe(true);
  });
});

it("the report is plain text with every finding and its remedy", async () => {
  const { findings } = await examined({ peer: () => Promise.reject(new Error("No UDP gets through.")) });
  const text = report(findings, { at: new Date(0), browser: "A browser", inCall: true });
  expect(text).toContain("1970-01-01T00:00:00.000Z, during a conversation");
  expect(text).toContain("[FAIL] Direct connection (UDP) (udp): No UDP gets through.\n    Remedy: A firewall");
});

it.each<[Finding[], string]>([
  [[finding("udp", "", "fail", ""), finding("websocket", "", "fail", "")], "Nothing reaches the server from this network."],
  [[finding("quality", "", "fail", "")], "The network is too poor for a conversation."],
  [[finding("echo", "", "warn", ""), finding("turn", "", "warn", "")], "Conversations work. There are 2 warnings."],
])("one sentence sums it up", (findings, words) => {
  expect(conclusion(findings).words).toBe(words);
});

it("waiting ends with the work, with its limit in words, or when it is stopped", async () => {
  vi.useFakeTimers();
  const { signal } = new AbortController();
  expect(await withTimeout(Promise.resolve(3), 100, "late", signal)).toBe(3);
  const late = expect(withTimeout(new Promise(() => undefined), 100, "too late", signal)).rejects.toThrow("too late");
  await vi.advanceTimersByTimeAsync(100);
  await late;
  const stop = new AbortController();
  const stopped = expect(pause(1_000, stop.signal)).rejects.toThrow();
  stop.abort();
  await stopped;
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
