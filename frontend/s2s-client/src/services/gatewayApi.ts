/** The gateway's REST calls that a conversation needs, with its refusals turned into words. */
import { CallFailure } from "../shared/callErrors";
import type { FailureCode, Sensitivity } from "../types";

export interface CreatedSession {
  readonly session_id: string;
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

/** One turn of what was said before; of the model's turns what was heard. */
export interface HistoryTurn {
  readonly role: "user" | "model";
  /** 1 to 4,000 characters. */
  readonly text: string;
}

/** The recording of a conversation that was saved for those who run the service. */
export interface SavedReport {
  readonly name: string;
  readonly seconds: number;
  readonly bytes: number;
  /** Whether the sound is in it. */
  readonly audio: boolean;
  /** False where the end of a long conversation had no room. */
  readonly complete: boolean;
}

/** What the gateway offers to choose from. */
export interface SessionChoices {
  readonly voices: readonly string[];
  /** All of them sound alike: the local engine has one voice. */
  readonly one_voice: boolean;
  readonly tools: readonly { readonly name: string; readonly description: string }[];
}

interface OriginAnswer {
  readonly accepted: boolean;
  /** The gateway's setting where an origin is added. */
  readonly setting: string;
}

/** RFC 9457, with the gateway's `code` and `hint`. */
interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly code?: string;
}

/** Longer than a busy gateway needs, shorter than a person waits. */
const ANSWER_LIMIT_MS = 15_000;

export class GatewayApi {
  constructor(private readonly baseUrl: string) {}

  /** `history`: what was said before, oldest first, where the conversation goes on from an earlier session. */
  async createSession(wishes: SessionRequest, history: readonly HistoryTurn[] = []): Promise<CreatedSession> {
    const answer = await this.#post("/api/session/create", history.length === 0 ? wishes : { ...wishes, history });
    return (await answer.json()) as CreatedSession;
  }

  /** The person agrees that the recording is saved. `note`: at most 2,000 characters. Throws CallFailure. */
  async saveReport(sessionId: string, note: string): Promise<SavedReport> {
    try {
      const answer = await this.#post(`/api/session/${sessionId}/report`, { consent: true, note });
      return (await answer.json()) as SavedReport;
    } catch (reason) {
      if (reason instanceof CallFailure && reason.failure.code === "session-gone") throw new CallFailure("report-too-late", { cause: reason });
      throw reason;
    }
  }

  /** Shows the AI a JPEG of at most 240 kB. Throws CallFailure. */
  async sendImage(sessionId: string, jpeg: Blob, source: "picture" | "camera" | "screen", signal?: AbortSignal): Promise<void> {
    const init: RequestInit = { method: "POST", headers: { "Content-Type": "image/jpeg" }, body: jpeg };
    await this.#ask(`/api/session/${sessionId}/image?source=${source}`, signal ? { ...init, signal } : init);
  }

  /** Throws CallFailure where the gateway does not answer or is older than this page. */
  async sessionChoices(): Promise<SessionChoices> {
    return (await (await this.#ask("/api/options")).json()) as SessionChoices;
  }

  /** A sentence in that voice, as a WAV file. Throws CallFailure. */
  async voiceSample(voice: string): Promise<ArrayBuffer> {
    // Making one takes the model a few seconds.
    const signal = AbortSignal.timeout(2 * ANSWER_LIMIT_MS);
    return (await this.#ask(`/api/voices/${encodeURIComponent(voice)}/sample`, { signal })).arrayBuffer();
  }

  async sendOffer(sessionId: string, offer: RTCSessionDescriptionInit): Promise<RTCSessionDescriptionInit> {
    const answer = await this.#post(`/api/session/${sessionId}/offer`, { sdp: offer.sdp, type: offer.type });
    return (await answer.json()) as RTCSessionDescriptionInit;
  }

  /** null ends the candidates. */
  async sendCandidate(sessionId: string, candidate: RTCIceCandidate | null): Promise<void> {
    await this.#post(`/api/session/${sessionId}/ice`, {
      candidate: candidate?.candidate ?? null,
      sdpMid: candidate?.sdpMid ?? null,
      sdpMLineIndex: candidate?.sdpMLineIndex ?? null,
    });
  }

  /** Works while the page unloads. The answer is not awaited: an unused session expires. */
  endSession(sessionId: string): void {
    fetch(`${this.baseUrl}/api/session/${sessionId}`, { method: "DELETE", keepalive: true }).catch((fault: unknown) => {
      console.warn("The gateway was not told that the session ended; it will notice by itself.", fault);
    });
  }

  /** False where nothing listens at the address; a slow answer counts as reachable. */
  async isReachable(): Promise<boolean> {
    try {
      await fetch(`${this.baseUrl}/`, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
      return true;
    } catch (fault) {
      return fault instanceof DOMException && fault.name === "TimeoutError";
    }
  }

  /** Why nothing could be heard of it: a browser does not tell a page that is not accepted from a gateway that is gone. */
  async unreachable(cause?: unknown): Promise<CallFailure> {
    const said = await this.#originAnswer();
    if (said?.accepted !== false) return new CallFailure("gateway-unreachable", { cause });
    const page = window.location.origin;
    return new CallFailure("origin-refused", {
      cause,
      message: `The service is there, but does not accept pages from ${page}.`,
      hint: `Whoever runs it must add ${page} to ${said.setting} in backend/.env and start it again.`,
    });
  }

  #post(path: string, body: object): Promise<Response> {
    return this.#ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  }

  /** Throws CallFailure for a refusal, and where nothing is heard. */
  async #ask(path: string, init?: RequestInit): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(this.baseUrl + path, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS), ...init });
    } catch (fault) {
      throw await this.unreachable(fault);
    }
    if (!answer.ok) throw await refusal(answer);
    return answer;
  }

  /** The only answer that every page may read; null where there is none. */
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

/** The gateway's refusals that have words of their own here: its own ones speak to those who run it. */
const REFUSALS: Readonly<Record<string, FailureCode>> = {
  too_many_requests: "too-many-requests",
  too_many_sessions: "gateway-busy",
  too_many_sessions_from_address: "too-many-sessions-from-address",
  day_limit: "day-limit",
  upstream_unavailable: "upstream-unavailable",
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
  const retryAfterS = secondsOf(answer.headers.get("Retry-After"));
  const known = REFUSALS[problem.code ?? ""];
  if (known) return new CallFailure(known, { retryAfterS });
  const busy = answer.status === 503 && retryAfterS !== undefined;
  return new CallFailure(busy ? "gateway-busy" : "gateway-error", {
    message: problem.detail ?? problem.title ?? "",
    hint: problem.hint ?? "",
    retryAfterS,
  });
}

/** RFC 9110 knows dates as well; our gateway counts seconds. */
function secondsOf(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}

async function readProblem(answer: Response): Promise<Problem> {
  const text = await answer.text();
  try {
    return JSON.parse(text) as Problem;
  } catch {
    // Not from our gateway: a proxy, or another program on the port. Its page would not help.
    return { title: `The service answered with status ${answer.status}.` };
  }
}
