/** What is known of a lost connection, and told to the user while it is made again. */
import { failure } from "../../shared/callErrors";
import type { Failure, Outage } from "../../types";

/** Speech from before this is dropped: as much as `MicSendQueue` keeps. */
export const KEPT_SPEECH_MS = 10_000;

export class OutageTracker {
  #outage: Outage | null = null;
  /** Nothing listened at the gateway's address, or it announced its shutdown. */
  gatewayWasGone = false;

  constructor(private readonly onChange: (outage: Outage) => void) {}

  get isAway(): boolean {
    return this.#outage !== null;
  }

  /** Whether a try is planned, and not just being made. */
  get waits(): boolean {
    return this.#outage !== null && this.#outage.nextTryAtMs !== null;
  }

  /** Why the connection is lost for good. */
  get failure(): Failure {
    return failure(this.#serverStopped ? "server-stopped" : "connection-lost");
  }

  begin(nowMs: number): void {
    this.#set({ serverStopped: this.#serverStopped, keptUntilMs: nowMs + KEPT_SPEECH_MS, nextTryAtMs: null });
  }

  /** Records why a try failed. */
  onTryFailed(reason: Failure | null): void {
    this.gatewayWasGone ||= reason?.code === "gateway-unreachable";
  }

  /** Records when the next try is made; null: now. Without an outage there is nothing to tell. */
  onTry(nextTryAtMs: number | null): void {
    if (this.#outage) this.#set({ ...this.#outage, serverStopped: this.#serverStopped, nextTryAtMs });
  }

  end(): void {
    this.#outage = null;
    this.gatewayWasGone = false;
  }

  /** A device without a network reaches no server either. */
  get #serverStopped(): boolean {
    return this.gatewayWasGone && navigator.onLine;
  }

  #set(outage: Outage): void {
    this.#outage = outage;
    this.onChange(outage);
  }
}
