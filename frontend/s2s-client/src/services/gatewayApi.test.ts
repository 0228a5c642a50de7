import { afterEach, describe, expect, it, vi } from "vitest";
import { apiUrl } from "../shared/apiUrl";
import { CallFailure } from "../shared/callErrors";
import { GatewayApi } from "./gatewayApi";
import { PageApi } from "./pageApi";

afterEach(() => {
  vi.unstubAllGlobals();
});

function gatewayAnswers(answer: Response | Error) {
  const fetched = vi.fn<typeof fetch>(() => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

async function refusal(answer: Response | Error) {
  gatewayAnswers(answer);
  const fault: unknown = await new GatewayApi("http://gateway").createSession({}).catch((reason: unknown) => reason);
  expect(fault).toBeInstanceOf(CallFailure);
  return (fault as CallFailure).failure;
}

const problem = (status: number, body: object, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/problem+json", ...headers } });

describe("the gateway's refusals", () => {
  it("tell an unreachable gateway from all others", async () => {
    expect((await refusal(new TypeError("Failed to fetch"))).code).toBe("gateway-unreachable");
  });

  it.each([
    [{ accepted: false, setting: "S2S_CORS_ORIGINS" }, "origin-refused"],
    [{ accepted: true, setting: "S2S_CORS_ORIGINS" }, "gateway-unreachable"],
    ["an older gateway's 404", "gateway-unreachable"],
  ])("tell a page that is not accepted from a gateway that is gone: %o", async (answer, code) => {
    const asked = typeof answer === "string" ? new Response(answer, { status: 404 }) : new Response(JSON.stringify(answer));
    vi.stubGlobal("window", { location: { origin: "https://shop.example.org" } });
    vi.stubGlobal("fetch", (url: string) => (url === "http://gateway/api/origin" ? Promise.resolve(asked) : Promise.reject(new TypeError("Failed to fetch"))));
    const fault: unknown = await new PageApi("http://gateway").sessionChoices().catch((reason: unknown) => reason);
    const told = (fault as CallFailure).failure;
    expect(told.code).toBe(code);
    if (code === "gateway-unreachable") return;
    expect(told.message).toBe("This site isn’t allowed to connect to the server.");
    expect(told.details).toContain("Add https://shop.example.org to S2S_CORS_ORIGINS");
  });

  it("tell a full gateway, and when to come again", async () => {
    const told = await refusal(problem(503, { title: "Busy" }, { "Retry-After": "5" }));
    expect(told).toMatchObject({ code: "gateway-busy", message: "All conversations are in use.", details: "Busy", retryAfterS: 5 });
  });

  it.each([
    [429, "too_many_requests", "too-many-requests", "Too many requests"],
    [429, "too_many_sessions_from_address", "too-many-sessions-from-address", "from your network"],
    [503, "too_many_sessions", "gateway-busy", "All conversations are in use"],
    [503, "day_limit", "day-limit", "Today’s budget"],
    [429, "identity_limit", "identity-limit", "your budget for today"],
    [503, "budget_unavailable", "budget-unavailable", "can’t take conversations right now"],
    [503, "upstream_unavailable", "upstream-unavailable", "isn’t responding"],
    [503, "gateway_stopping", "gateway-stopping", "is restarting"],
    // None of these is full, which a bare 503 means.
    [503, "paid_calls_off", "paid-calls-off", "turned off for now"],
    [503, "upstream_not_ready", "upstream-unavailable", "isn’t responding"],
    [503, "login_unavailable", "token-failed", "who you are"],
    [429, "too_many_transports_from_address", "too-many-sessions-from-address", "from your network"],
  ])("have words for people: %s %s", async (status, code, own, words) => {
    const told = await refusal(problem(status, { code, detail: "for operators", hint: "Raise S2S_X." }, { "Retry-After": "7" }));
    expect(told).toMatchObject({ code: own, retryAfterS: 7 });
    expect(told.message).toContain(words);
    expect(told.hint).not.toContain("S2S_");
  });

  it("of a wait that cannot be read are told without one", async () => {
    const told = await refusal(problem(503, { code: "gateway_stopping" }, { "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT" }));
    expect(told).not.toHaveProperty("retryAfterS");
  });

  it("keep the gateway's own words, which address its operators, for who asks", async () => {
    const told = await refusal(problem(502, { detail: "The key is not valid.", hint: "Check GEMINI_API_KEY." }));
    expect(told).toEqual({
      code: "gateway-error", message: "The server couldn’t start the conversation.", hint: "Try again.", details: "The key is not valid. Check GEMINI_API_KEY.",
    });
  });

  it("survive an answer that is not ours", async () => {
    const told = await refusal(new Response("<html>nginx</html>", { status: 502 }));
    expect(told.details).toBe("The server answered with status 502.");
  });
});

describe("a proxy in front that wants a sign-in", () => {
  it.each([
    ["a redirect", () => Object.defineProperty(new Response(null, { status: 200 }), "type", { value: "opaqueredirect" })],
    ["a login page", () => new Response("<html>Log in</html>", { headers: { "Content-Type": "text/html; charset=utf-8" } })],
    ["a refusal that is not the gateway's", () => new Response("Unauthorized", { status: 401 })],
    ["another one", () => new Response("<html>Forbidden</html>", { status: 403 })],
  ])("is told from the gateway's own answers: %s", async (_, answer) => {
    expect((await refusal(answer())).code).toBe("signed-out");
  });
});

describe("a person who wants to be forgotten", () => {
  it("shows the keys of this page's calls and of reported ones, each once, and who they are", async () => {
    const fetched = gatewayAnswers(problem(201, { session_id: "own", session_key: "k1", ice_servers: [] }));
    const api = new PageApi("", () => "token");
    await api.createSession({});
    const told = { reports: 1, recordings: 1, stays: ["Sums."] };
    fetched.mockResolvedValue(problem(200, told));
    expect(await api.forget([{ session_id: "reported", session_key: "k2" }, { session_id: "own", session_key: "k1" }])).toEqual(told);
    const [url, init] = fetched.mock.calls.at(-1)!;
    expect(url).toBe("/api/forget");
    expect(new Headers(init?.headers).get("Authorization")).toBe("Bearer token");
    expect(JSON.parse(init?.body as string)).toEqual({
      calls: [{ session_id: "reported", session_key: "k2" }, { session_id: "own", session_key: "k1" }],
    });
  });
});

describe("a conversation that goes on", () => {
  it("tells the new session what was said; a first one is told nothing", async () => {
    const fetched = gatewayAnswers(problem(201, { session_id: "s", ice_servers: [] }));
    await new GatewayApi("").createSession({ voice: "Kore" }, [{ role: "user", text: "I am Ada." }]);
    expect(JSON.parse(fetched.mock.calls[0]?.[1]?.body as string)).toEqual({ voice: "Kore", history: [{ role: "user", text: "I am Ada." }] });
    const first = gatewayAnswers(problem(201, { session_id: "s", ice_servers: [] }));
    await new GatewayApi("").createSession({ voice: "Kore" });
    expect(first.mock.calls[0]?.[1]?.body).toBe('{"voice":"Kore"}');
  });
});

describe("the key of a session", () => {
  const authorization = (fetched: ReturnType<typeof gatewayAnswers>, call: number): unknown =>
    (fetched.mock.calls[call]?.[1]?.headers as Record<string, string> | undefined)?.["Authorization"];

  it("goes with every later request about it, and with none about another", async () => {
    const fetched = gatewayAnswers(problem(201, { session_id: "a", session_key: "secret", ice_servers: [] }));
    const api = new PageApi("");
    await api.createSession({});
    const none = () => Promise.resolve(new Response(null, { status: 204 }));
    fetched.mockImplementation(none);
    await api.sendCandidate("a", null);
    await api.sendImage("a", new Blob(), "picture");
    api.endSession("a");
    await api.sendCandidate("b", null);
    expect([0, 1, 2, 3, 4].map((call) => authorization(fetched, call))).toEqual([undefined, ...Array<string>(3).fill("Bearer secret"), undefined]);
  });

  it.each([[401, "session_key_required"], [403, "session_key_wrong"]])("that is refused means that the session is lost: %s", async (status, code) => {
    gatewayAnswers(problem(status, { code }));
    const api = new GatewayApi("");
    api.adoptSession({ session_id: "a", session_key: "secret", ice_servers: [] });
    const fault: unknown = await api.sendCandidate("a", null).catch((reason: unknown) => reason);
    expect((fault as CallFailure).failure.code).toBe("session-gone");
  });
});

describe("a report of a problem", () => {
  it("is sent with the person's consent and note, and answered with the name of the file", async () => {
    const saved = { name: "report.jsonl.gz", seconds: 12, bytes: 3_000, audio: false, complete: true };
    const fetched = gatewayAnswers(problem(201, saved));
    expect(await new PageApi("").saveReport("abc", "It was silent.")).toEqual(saved);
    expect(fetched.mock.calls[0]?.[0]).toBe("/api/session/abc/report");
    expect(fetched.mock.calls[0]?.[1]?.body).toBe('{"consent":true,"note":"It was silent."}');
  });

  it.each([
    [409, "not_recorded", "report-not-recorded"],
    [404, "session_not_found", "report-too-late"],
    [429, "too_many_requests", "too-many-requests"],
    [507, "report_not_saved", "report-not-saved"],
  ])("may be refused: %s %s", async (status, code, own) => {
    gatewayAnswers(problem(status, { code }, { "Retry-After": "5" }));
    const fault: unknown = await new PageApi("").saveReport("abc", "").catch((reason: unknown) => reason);
    expect((fault as CallFailure).failure.code).toBe(own);
  });
});

describe("the end of the candidates", () => {
  it("is told as null", async () => {
    const fetched = gatewayAnswers(new Response(null, { status: 204 }));
    await new GatewayApi("").sendCandidate("abc", null);
    expect(fetched.mock.calls[0]?.[0]).toBe("/api/session/abc/ice");
    expect(fetched.mock.calls[0]?.[1]?.body).toBe('{"candidate":null,"sdpMid":null,"sdpMLineIndex":null}');
  });
});

describe("where the gateway answers", () => {
  it("is what was configured, else the page's own origin under /app/, else port 8000", () => {
    expect(apiUrl("http://there:9/", { pathname: "/app/" })).toBe("http://there:9");
    expect(apiUrl("", { pathname: "/app/" })).toBe("");
    expect(apiUrl(undefined, { pathname: "/" })).toBe("http://localhost:8000");
    expect(apiUrl(undefined, { pathname: "/voice/app/" })).toBe("/voice");
    expect(apiUrl("", { pathname: "/a/app/b/app/index.html" })).toBe("/a/app/b");
    expect(apiUrl("http://localhost:8000", { pathname: "/voice/app/", hostname: "127.0.0.1", port: "8000" })).toBe("/voice");
    // Built for localhost and opened as 127.0.0.1: the same gateway, and the only one that the page's policy lets it call.
    expect(apiUrl("http://localhost:8000", { pathname: "/app/", hostname: "127.0.0.1", port: "8000" })).toBe("");
    expect(apiUrl("http://localhost:8000", { pathname: "/app/", hostname: "127.0.0.1", port: "9000" })).toBe("http://localhost:8000");
  });
});
