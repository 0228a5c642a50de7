/** The gateway's REST calls that a conversation needs, with its refusals turned into words. */
import { CallFailure } from "../session/failures";

export interface CreatedSession {
  readonly session_id: string;
  readonly ice_servers: readonly {
    readonly urls: string[];
    readonly username: string | null;
    readonly credential: string | null;
  }[];
}

/** What a conversation may choose; see POST /api/session/create. */
export interface Wishes {
  readonly voice?: string;
  readonly language?: string;
  readonly system_instruction?: string;
  readonly tools?: readonly string[];
  readonly turn_taking?: "automatic" | "manual";
}

/** What the gateway offers to choose from. */
export interface Offers {
  readonly voices: readonly string[];
  readonly tools: readonly { readonly name: string; readonly description: string }[];
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

  async create(wishes: Wishes): Promise<CreatedSession> {
    const answer = await this.#post("/api/session/create", wishes);
    return (await answer.json()) as CreatedSession;
  }

  /** Throws CallFailure where the gateway does not answer or is older than this page. */
  async offers(): Promise<Offers> {
    let answer: Response;
    try {
      answer = await fetch(`${this.baseUrl}/api/options`, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    } catch (fault) {
      throw new CallFailure("gateway-unreachable", { cause: fault });
    }
    if (!answer.ok) throw await refusal(answer);
    return (await answer.json()) as Offers;
  }

  async offer(sessionId: string, offer: RTCSessionDescriptionInit): Promise<RTCSessionDescriptionInit> {
    const answer = await this.#post(`/api/session/${sessionId}/offer`, { sdp: offer.sdp, type: offer.type });
    return (await answer.json()) as RTCSessionDescriptionInit;
  }

  /** null ends the candidates. */
  async ice(sessionId: string, candidate: RTCIceCandidate | null): Promise<void> {
    await this.#post(`/api/session/${sessionId}/ice`, {
      candidate: candidate?.candidate ?? null,
      sdpMid: candidate?.sdpMid ?? null,
      sdpMLineIndex: candidate?.sdpMLineIndex ?? null,
    });
  }

  /** Works while the page goes away. Nobody waits for the answer: a session that nobody uses expires by itself. */
  end(sessionId: string): void {
    fetch(`${this.baseUrl}/api/session/${sessionId}`, { method: "DELETE", keepalive: true }).catch((fault: unknown) => {
      console.warn("The gateway was not told that the session ended; it will notice by itself.", fault);
    });
  }

  /** False where nobody listens there at all; a slow answer is one. */
  async answers(): Promise<boolean> {
    try {
      await fetch(`${this.baseUrl}/`, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
      return true;
    } catch (fault) {
      return fault instanceof DOMException && fault.name === "TimeoutError";
    }
  }

  async #post(path: string, body: object): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(this.baseUrl + path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
    } catch (fault) {
      throw new CallFailure("gateway-unreachable", { cause: fault });
    }
    if (!answer.ok) throw await refusal(answer);
    return answer;
  }
}

async function refusal(answer: Response): Promise<CallFailure> {
  const problem = await readProblem(answer);
  // Its own words speak to programs; the page has some for people.
  if (answer.status === 404 && problem.code === "session_not_found") return new CallFailure("session-gone");
  const retryAfter = answer.headers.get("Retry-After");
  const busy = answer.status === 503 && retryAfter !== null;
  const wait = busy && /^\d+$/.test(retryAfter) ? `Try again in ${retryAfter} seconds.` : "";
  return new CallFailure(busy ? "gateway-busy" : "gateway-error", {
    message: problem.detail ?? problem.title ?? "",
    hint: problem.hint ?? wait,
  });
}

async function readProblem(answer: Response): Promise<Problem> {
  const text = await answer.text();
  try {
    return JSON.parse(text) as Problem;
  } catch {
    // Not from our gateway: a proxy, or another program on the port. Its page would help nobody.
    return { title: `The gateway answered with status ${answer.status}.` };
  }
}
