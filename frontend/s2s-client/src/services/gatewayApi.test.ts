import { afterEach, describe, expect, it, vi } from "vitest";
import { apiUrl } from "../session/apiUrl";
import { CallFailure } from "../session/failures";
import { GatewayApi } from "./gatewayApi";

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
  const fault: unknown = await new GatewayApi("http://gateway").create({}).catch((reason: unknown) => reason);
  expect(fault).toBeInstanceOf(CallFailure);
  return (fault as CallFailure).failure;
}

const problem = (status: number, body: object, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/problem+json", ...headers } });

describe("the gateway's refusals", () => {
  it("tell an unreachable gateway from all others", async () => {
    expect((await refusal(new TypeError("Failed to fetch"))).code).toBe("gateway-unreachable");
  });

  it("tell a full gateway, and when to come again", async () => {
    const told = await refusal(problem(503, { title: "Busy" }, { "Retry-After": "5" }));
    expect(told).toMatchObject({ code: "gateway-busy", hint: "Try again in 5 seconds." });
  });

  it("use the gateway's own words where it has some", async () => {
    const told = await refusal(problem(502, { detail: "The key is not valid.", hint: "Check GEMINI_API_KEY." }));
    expect(told).toEqual({ code: "gateway-error", message: "The key is not valid.", hint: "Check GEMINI_API_KEY." });
  });

  it("survive an answer that is not ours", async () => {
    const told = await refusal(new Response("<html>nginx</html>", { status: 502 }));
    expect(told.message).toBe("The gateway answered with status 502.");
  });
});

describe("the end of the candidates", () => {
  it("is told as null", async () => {
    const fetched = gatewayAnswers(new Response(null, { status: 204 }));
    await new GatewayApi("").ice("abc", null);
    expect(fetched.mock.calls[0]?.[0]).toBe("/api/session/abc/ice");
    expect(fetched.mock.calls[0]?.[1]?.body).toBe('{"candidate":null,"sdpMid":null,"sdpMLineIndex":null}');
  });
});

describe("where the gateway answers", () => {
  it("is what was configured, else the page's own origin under /app/, else port 8000", () => {
    expect(apiUrl("http://there:9/", { pathname: "/app/" })).toBe("http://there:9");
    expect(apiUrl("", { pathname: "/app/" })).toBe("");
    expect(apiUrl(undefined, { pathname: "/" })).toBe("http://localhost:8000");
  });
});
