/** The gateway's REST calls for a conversation, with its refusals turned into text for the user. */
import { CallFailure } from "../shared/callErrors";
import type { FailureCode, Sensitivity } from "../types";

export interface CreatedSession {
  readonly session_id: string;
  /** The session's secret. Missing from gateways of earlier versions. */
  readonly session_key?: string;
  readonly ice_servers: readonly {
    readonly urls: string[];
    readonly username: string | null;
    readonly credential: string | null;
  }[];
}

/** What a conversation may choose; see POST /api/session/create. */
export interface SessionRequest {
  readonly voice?: string;
  readonly language?: string;
  readonly system_instruction?: string;
  readonly tools?: readonly string[];
  readonly turn_taking?: "automatic" | "manual";
  readonly sensitivity?: Sensitivity;
}

/** One earlier turn; of the model's turns only what was heard. */
export interface HistoryTurn {
  readonly role: "user" | "model";
  /** 1 to 4,000 characters. */
  readonly text: string;
}

/**
 * Gives the key or token that proves who calls, or nothing. It is asked whenever one is needed, so it may return the same one as
 * long as that is valid. `refused`: the gateway has just refused the last one, which is probably too old.
 */
export type TokenSource = (last: { readonly refused: boolean }) => string | null | undefined | Promise<string | null | undefined>;

interface OriginAnswer {
  readonly accepted: boolean;
  /** The gateway setting to which an origin is added. */
  readonly setting: string;
}

/** An RFC 9457 problem, with the gateway's `code` and `hint`. */
interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly code?: string;
}

/** Longer than a busy gateway needs, shorter than a user waits. */
export const ANSWER_LIMIT_MS = 15_000;

export class GatewayApi {
  /** Keys by session id, sent with every request about a session. */
  protected readonly keys = new Map<string, string>();

  /** `baseUrl`: without a trailing slash; empty means the page's own origin. */
  constructor(
    readonly baseUrl: string,
    private readonly getToken?: TokenSource,
  ) {}

  /** Takes over a session that an earlier page has created. */
  adoptSession({ session_id, session_key }: CreatedSession): void {
    if (session_key !== undefined) this.keys.set(session_id, session_key);
  }

  /** Creates a session. `history`: the earlier turns, oldest first, if the conversation continues from an earlier session. */
  async createSession(wishes: SessionRequest, history: readonly HistoryTurn[] = []): Promise<CreatedSession> {
    const answer = await this.askAsCaller("/api/session/create", asJson(history.length === 0 ? wishes : { ...wishes, history }));
    const session = (await answer.json()) as CreatedSession;
    this.adoptSession(session);
    return session;
  }

  /** Fetches the ICE servers again: a relay's password is valid for an hour. Throws CallFailure. */
  async iceServers(sessionId: string): Promise<CreatedSession["ice_servers"]> {
    const answer = await this.ask(`/api/session/${sessionId}/ice-servers`, { headers: this.authorization(sessionId) });
    return ((await answer.json()) as Pick<CreatedSession, "ice_servers">).ice_servers;
  }

  async sendOffer(sessionId: string, offer: RTCSessionDescriptionInit): Promise<RTCSessionDescriptionInit> {
    const answer = await this.post(`/api/session/${sessionId}/offer`, { sdp: offer.sdp, type: offer.type }, this.authorization(sessionId));
    return (await answer.json()) as RTCSessionDescriptionInit;
  }

  /** Sends a candidate; null ends them. */
  async sendCandidate(sessionId: string, candidate: RTCIceCandidate | null): Promise<void> {
    const told = {
      candidate: candidate?.candidate ?? null,
      sdpMid: candidate?.sdpMid ?? null,
      sdpMLineIndex: candidate?.sdpMLineIndex ?? null,
    };
    await this.post(`/api/session/${sessionId}/ice`, told, this.authorization(sessionId));
  }

  /** Ends the session; works while the page unloads. The answer is not awaited: an unused session expires. */
  endSession(sessionId: string): void {
    const init: RequestInit = { method: "DELETE", keepalive: true, headers: this.authorization(sessionId) };
    fetch(`${this.baseUrl}/api/session/${sessionId}`, init).catch((fault: unknown) => {
      console.warn("The gateway was not told that the session ended; it will notice by itself.", fault);
    });
  }

  /** Whether the gateway is reachable. False if nothing listens at the address; a slow answer counts as reachable. */
  async isReachable(): Promise<boolean> {
    try {
      await fetch(`${this.baseUrl}/`, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
      return true;
    } catch (fault) {
      return fault instanceof DOMException && fault.name === "TimeoutError";
    }
  }

  /** Finds out why no answer came: to a page, a refused origin looks the same as a stopped gateway. */
  async unreachable(cause?: unknown): Promise<CallFailure> {
    const said = await this.#originAnswer();
    if (said?.accepted !== false) return new CallFailure("gateway-unreachable", { cause });
    const page = window.location.origin;
    return new CallFailure("origin-refused", {
      cause,
      details: `The server doesn’t accept pages from ${page}. Add ${page} to ${said.setting} in backend/.env and restart it.`,
    });
  }

  /** The header that proves who calls (RFC 6750), if there is a key or token. Throws CallFailure if the page's source fails. */
  async callerHeaders(refused = false): Promise<Record<string, string>> {
    try {
      const token = await this.getToken?.({ refused });
      return token ? { Authorization: `Bearer ${token}` } : {};
    } catch (cause) {
      throw new CallFailure("token-failed", { cause });
    }
  }

  /** Sends a request in the caller's name; once more, with a new token, if the gateway refuses the first one. */
  protected async askAsCaller(path: string, init: Omit<RequestInit, "headers"> & { readonly headers?: Record<string, string> }): Promise<Response> {
    const ask = async (refused: boolean) => this.ask(path, { ...init, headers: { ...init.headers, ...(await this.callerHeaders(refused)) } });
    try {
      return await ask(false);
    } catch (reason) {
      if (!this.getToken || !(reason instanceof CallFailure) || reason.failure.code !== "not-signed-in") throw reason;
      return ask(true);
    }
  }

  /** The header that proves that a session is this page's (RFC 6750). */
  protected authorization(sessionId: string): Record<string, string> {
    const key = this.keys.get(sessionId);
    return key === undefined ? {} : { Authorization: `Bearer ${key}` };
  }

  protected post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
    return this.ask(path, asJson(body, headers));
  }

  /** Sends a request. Throws CallFailure for a refusal, and if no answer comes. */
  protected async ask(path: string, init?: RequestInit): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(this.baseUrl + path, { redirect: "manual", signal: AbortSignal.timeout(ANSWER_LIMIT_MS), ...init });
    } catch (fault) {
      throw await this.unreachable(fault);
    }
    // The gateway redirects no call and answers none with a page: a proxy in front wants the person to sign in.
    const isLoginPage = answer.ok && answer.headers.get("Content-Type")?.startsWith("text/html");
    if (answer.type === "opaqueredirect" || isLoginPage) throw new CallFailure("signed-out");
    if (!answer.ok) throw await refusal(answer);
    return answer;
  }

  /** Asks for the one answer that every page may read; null if there is none. */
  async #originAnswer(): Promise<OriginAnswer | null> {
    try {
      const answer = await fetch(`${this.baseUrl}/api/origin`, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
      return answer.ok ? ((await answer.json()) as OriginAnswer) : null;
    } catch (fault) {
      console.info("S2S: nothing was heard of the gateway at all.", fault);
      return null;
    }
  }
}

export function asJson(body: object, headers: Record<string, string> = {}): Omit<RequestInit, "headers"> & { readonly headers: Record<string, string> } {
  return { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** Refusals with texts of their own here: the gateway's texts address its operators. */
const REFUSALS: Readonly<Record<string, FailureCode>> = {
  credentials_refused: "not-signed-in",
  auth_required: "not-open",
  too_many_requests: "too-many-requests",
  too_many_sessions: "gateway-busy",
  too_many_sessions_from_address: "too-many-sessions-from-address",
  too_many_transports_from_address: "too-many-sessions-from-address",
  login_unavailable: "token-failed",
  // With its key a page may use its session. Without it, only a new one can help.
  session_key_required: "session-gone",
  session_key_wrong: "session-gone",
  day_limit: "day-limit",
  identity_limit: "identity-limit",
  budget_unavailable: "budget-unavailable",
  paid_calls_off: "paid-calls-off",
  upstream_unavailable: "upstream-unavailable",
  upstream_not_ready: "upstream-unavailable",
  gateway_stopping: "gateway-stopping",
  not_a_picture: "picture-unreadable",
  picture_too_large: "picture-unreadable",
  pictures_not_taken: "pictures-not-taken",
  pictures_too_fast: "pictures-too-fast",
  not_recorded: "report-not-recorded",
  report_not_saved: "report-not-saved",
};

async function refusal(answer: Response): Promise<CallFailure> {
  const problem = await readProblem(answer);
  if (answer.status === 404 && problem.code === "session_not_found") return new CallFailure("session-gone");
  if ([401, 403].includes(answer.status) && problem.code === undefined) return new CallFailure("signed-out");
  const retryAfterS = secondsOf(answer.headers.get("Retry-After"));
  const known = REFUSALS[problem.code ?? ""];
  if (known) return new CallFailure(known, { retryAfterS });
  const busy = answer.status === 503 && retryAfterS !== undefined;
  const details = [problem.detail ?? problem.title, problem.hint].filter(Boolean).join(" ");
  return new CallFailure(busy ? "gateway-busy" : "gateway-error", { details, retryAfterS });
}

/** Parses Retry-After. RFC 9110 also allows dates; our gateway sends seconds. */
function secondsOf(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}

async function readProblem(answer: Response): Promise<Problem> {
  const text = await answer.text();
  try {
    return JSON.parse(text) as Problem;
  } catch {
    // Not from our gateway: a proxy, or another program on the port. Its page would not help.
    return { title: `The server answered with status ${answer.status}.` };
  }
}
