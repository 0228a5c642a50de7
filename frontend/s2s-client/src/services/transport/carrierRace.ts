/**
 * Chooses the carrier: WebRTC first, with the WebSocket in parallel when WebRTC is slow or fails. The first to open wins and
 * the other is closed, so time-outs do not add up.
 */
import type { Carrier, Detour } from "../../types";
import { LinkFault, type Link, type LinkEvents } from "./connection";

type OpenCarrier = (events: LinkEvents) => Link;

export interface CarrierRaceEvents extends Omit<LinkEvents, "onOpen"> {
  /** `detour`: why it is not WebRTC, or null if it is. Frames, messages and `onFault` come from this link only. */
  readonly onCarrierOpened: (link: Link, detour: Detour | null) => void;
  /** Nothing opened. Called once, and never after `onCarrierOpened` or `cancel`. */
  readonly onFailed: (fault: LinkFault) => void;
}

export interface CarrierRaceTimes {
  /** How long WebRTC tries alone. */
  readonly headStartMs: number;
  readonly limitMs: number;
}

export class CarrierRace {
  readonly #links = new Map<Carrier, Link>();
  readonly #failed = new Map<Carrier, LinkFault>();
  #over = false;
  #headStart = 0;
  #limit = 0;

  constructor(
    private readonly doors: Readonly<Record<Carrier, OpenCarrier>>,
    private readonly events: CarrierRaceEvents,
    private readonly times: CarrierRaceTimes,
  ) {}

  start(): void {
    this.#limit = window.setTimeout(() => {
      this.#fail(this.#failed.get("webrtc") ?? new LinkFault(`nothing opened within ${this.times.limitMs} ms`));
    }, this.times.limitMs);
    this.#headStart = window.setTimeout(() => {
      this.#try("websocket");
    }, this.times.headStartMs);
    this.#try("webrtc");
  }

  /** Closes the links still being opened. The winner no longer belongs to the race. */
  cancel(): void {
    if (!this.#over) this.#finish(null);
  }

  #try(carrier: Carrier): void {
    if (this.#over || this.#links.has(carrier) || this.#failed.has(carrier)) return;
    let own: Link | null = null;
    let winner = false;
    try {
      own = this.doors[carrier]({
        onOpen: () => {
          if (this.#over || !own) return;
          winner = true;
          this.#onCarrierOpened(own);
        },
        onAudio: (frame) => {
          if (winner) this.events.onAudio(frame);
        },
        onControl: (message) => {
          if (winner) this.events.onControl(message);
        },
        onFault: (fault) => {
          if (winner) this.events.onFault(fault);
          else this.#onCarrierFailed(carrier, fault);
        },
      });
      this.#links.set(carrier, own);
    } catch (reason) {
      this.#onCarrierFailed(carrier, reason instanceof LinkFault ? reason : new LinkFault(String(reason)));
    }
  }

  #onCarrierOpened(link: Link): void {
    const other = this.#links.get("webrtc");
    const detour = this.#failed.get("webrtc")?.detour ?? other?.detour ?? "slow";
    this.#finish(link);
    this.events.onCarrierOpened(link, link.carrier === "webrtc" ? null : detour);
  }

  #onCarrierFailed(carrier: Carrier, fault: LinkFault): void {
    if (this.#over) return;
    this.#links.delete(carrier);
    this.#failed.set(carrier, fault);
    if (fault.sessionGone) this.#fail(fault);
    else if (carrier === "webrtc") this.#try("websocket");
    // The gateway's answer to WebRTC signalling says more than a closed socket.
    if (this.#failed.size === 2) this.#fail(this.#failed.get("webrtc") ?? fault);
  }

  #fail(fault: LinkFault): void {
    if (this.#over) return;
    this.#finish(null);
    this.events.onFailed(fault);
  }

  #finish(winner: Link | null): void {
    this.#over = true;
    clearTimeout(this.#headStart);
    clearTimeout(this.#limit);
    this.#links.forEach((link) => {
      if (link !== winner) link.close();
    });
  }
}
