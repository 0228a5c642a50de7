/** The gateway's REST calls that only the page itself makes. Pages that embed a conversation do without, and load none of it. */
import { CallFailure } from "../shared/callErrors";
import type { Backend } from "../types";
import { ANSWER_LIMIT_MS, asJson, type CreatedSession, GatewayApi } from "./gatewayApi";

/** A conversation's recording, saved for the operators of the service. */
export interface SavedReport {
  readonly name: string;
  readonly seconds: number;
  readonly bytes: number;
  /** Whether it contains the audio. */
  readonly audio: boolean;
  /** False if the end of a long conversation did not fit. */
  readonly complete: boolean;
}

/** Name and secret of a call. */
export type CallKey = Required<Pick<CreatedSession, "session_id" | "session_key">>;

/** What the service has deleted, and what stays there and for how long, as text. */
export interface Forgotten {
  readonly reports: number;
  readonly recordings: number;
  readonly stays: readonly string[];
}

/** Who would answer. */
export interface UpstreamOffered {
  readonly backend: Backend;
  readonly model: string;
  /** The model runs on the gateway's own machine. */
  readonly on_this_machine: boolean;
}

/** The choices that the gateway offers. */
export interface SessionChoices {
  /** Gateways of earlier versions leave it out. */
  readonly upstream?: UpstreamOffered;
  readonly voices: readonly string[];
  /** All voices sound alike: the local engine has only one. */
  readonly one_voice: boolean;
  readonly tools: readonly { readonly name: string; readonly description: string }[];
  /** How callers prove who they are. Gateways of earlier versions want no proof, and leave these out. */
  readonly auth?: "none" | "key" | "jwt" | "proxy";
  /** Whether this page may create a session. */
  readonly may_call?: boolean;
  /** Where people sign in; empty: nowhere. */
  readonly login_url?: string;
}

/** As many calls as the gateway takes at once; the newest ones. */
const MAX_FORGOTTEN = 100;

export class PageApi extends GatewayApi {
  /** Fetches the choices. Throws CallFailure if the gateway does not answer or is older than this page. */
  async sessionChoices(): Promise<SessionChoices> {
    return (await (await this.ask("/api/options", { headers: await this.callerHeaders() })).json()) as SessionChoices;
  }

  /** Fetches a sentence in that voice, as a WAV file. Throws CallFailure. */
  async voiceSample(voice: string): Promise<ArrayBuffer> {
    // The model takes a few seconds to generate one.
    const signal = AbortSignal.timeout(2 * ANSWER_LIMIT_MS);
    return (await this.askAsCaller(`/api/voices/${encodeURIComponent(voice)}/sample`, { signal })).arrayBuffer();
  }

  /** Saves the recording, with the user's consent. `note`: at most 2,000 characters. Throws CallFailure. */
  async saveReport(sessionId: string, note: string): Promise<SavedReport> {
    try {
      const answer = await this.post(`/api/session/${sessionId}/report`, { consent: true, note }, this.authorization(sessionId));
      return (await answer.json()) as SavedReport;
    } catch (reason) {
      if (reason instanceof CallFailure && reason.failure.code === "session-gone") throw new CallFailure("report-too-late", { cause: reason });
      throw reason;
    }
  }

  /** Sends the model a JPEG of at most 240 kB. Throws CallFailure. */
  async sendImage(sessionId: string, jpeg: Blob, source: "picture" | "camera" | "screen", signal?: AbortSignal): Promise<void> {
    const headers = { "Content-Type": "image/jpeg", ...this.authorization(sessionId) };
    const init: RequestInit = { method: "POST", headers, body: jpeg };
    await this.ask(`/api/session/${sessionId}/image?source=${source}`, signal ? { ...init, signal } : init);
  }

  /** Has the service delete what belongs to the caller, and to the calls of this page and `more` calls. Throws CallFailure. */
  async forget(more: readonly CallKey[]): Promise<Forgotten> {
    const own = [...this.keys].map(([session_id, session_key]) => ({ session_id, session_key }));
    const calls = [...new Map([...more, ...own].map((call) => [call.session_id, call])).values()].slice(-MAX_FORGOTTEN);
    // Here a token that is too old proves nothing, and the keys of the calls prove what they prove.
    const answer = await this.ask("/api/forget", asJson({ calls }, await this.callerHeaders()));
    return (await answer.json()) as Forgotten;
  }

  /** The key of a session of this page; null if it has none. */
  keyOf(sessionId: string): CallKey | null {
    const session_key = this.keys.get(sessionId);
    return session_key === undefined ? null : { session_id: sessionId, session_key };
  }
}
