/** One session at the gateway that outlives its links: what carries the call may die, and is made again. */
import { WIRE_VERSION, type Detour, type ToBrowser } from "../types";
import { CallFailure, failure } from "../session/failures";
import { ControlOutbox } from "./controlOutbox";
import type { CreatedSession, GatewayApi, Wishes } from "./gatewayApi";
import { Heartbeat } from "./heartbeat";
import { Ladder } from "./ladder";
import { LinkFault, type Link } from "./link";
import { MicOutbox } from "./micOutbox";
import type { Transport, TransportEvents } from "./transport";

type Doors = ConstructorParameters<typeof Ladder>[0];

export interface LastingOptions {
  /** How long a lost connection is looked for again. */
  readonly comeBackMs: number;
  /** Number of the first microphone frame. */
  readonly firstFrame: number;
  readonly wishes: Wishes;
  /** A session that stands already, left by a page that was reloaded. */
  readonly standing: CreatedSession | null;
  /** No WebRTC is tried. */
  readonly socketOnly: boolean;
}

const HEAD_START_MS = 2_500;
const FIRST_LIMIT_MS = 15_000;
/** Coming back: the person waits in mid-sentence, so the race begins sooner and a try is given up sooner. */
const REJOIN_HEAD_START_MS = 1_500;
const REJOIN_LIMIT_MS = 6_000;
const BACKOFF_MS = [200, 500, 1_000, 2_000, 4_000] as const;

export class LastingTransport implements Transport {
  readonly #mic: MicOutbox;
  readonly #control = new ControlOutbox();
  readonly #heartbeat = new Heartbeat({
    ping: () => {
      this.#mic.pinged();
      if (!this.#control.ping()) this.#lose(new LinkFault("the control channel is not open"));
    },
    onDoubt: () => void this.#lookAgain(),
    onSilence: (why) => {
      this.#lose(new LinkFault(why));
    },
  });
  #session: CreatedSession | null = null;
  #ladder: Ladder | null = null;
  #link: Link | null = null;
  /** Set while `open` waits. */
  #opening: { readonly resolve: () => void; readonly reject: (reason: CallFailure) => void } | null = null;
  #away = false;
  #tries = 0;
  #pause = 0;
  #patience = 0;
  /** Why the last link was not WebRTC. */
  #detour: Detour | null = null;
  #closed = false;

  constructor(
    private readonly api: GatewayApi,
    private readonly doorsOf: (session: CreatedSession) => Doors,
    private readonly events: TransportEvents,
    private readonly options: LastingOptions,
  ) {
    this.#mic = new MicOutbox(options.firstFrame);
    window.addEventListener("online", this.#onOnline);
  }

  sendAudio(frame: ArrayBuffer): void {
    this.#heartbeat.lives();
    this.#mic.push(frame);
  }

  sendControl(message: Parameters<Transport["sendControl"]>[0]): void {
    this.#control.push(message);
  }

  async open(): Promise<void> {
    this.events.onStep("session");
    const session = this.options.standing ?? (await this.api.create(this.options.wishes));
    if (this.#closed) {
      this.api.end(session.session_id);
      throw new CallFailure("connection-lost");
    }
    this.#session = session;
    this.events.onStep("network");
    await new Promise<void>((resolve, reject) => {
      this.#opening = { resolve, reject };
      this.#climb(session, { headStartMs: HEAD_START_MS, limitMs: FIRST_LIMIT_MS });
    });
  }

  get session(): CreatedSession | null {
    return this.#session;
  }

  close(): void {
    if (this.#closed) return;
    this.leave();
    if (this.#session) this.api.end(this.#session.session_id);
  }

  leave(): void {
    if (this.#closed) return;
    this.#closed = true;
    window.removeEventListener("online", this.#onOnline);
    clearTimeout(this.#pause);
    clearTimeout(this.#patience);
    this.#heartbeat.stop();
    this.#control.close();
    this.#mic.close();
    this.#ladder?.cancel();
    this.#link?.close();
    this.#opening?.reject(new CallFailure("connection-lost"));
    this.#opening = null;
  }

  #climb(session: CreatedSession, times: { headStartMs: number; limitMs: number }): void {
    this.#ladder?.cancel();
    this.#ladder = new Ladder(
      this.doorsOf(session),
      {
        onWon: this.#carry,
        onFailed: this.#onFailed,
        onFault: this.#lose,
        onAudio: this.events.onAudio,
        onControl: this.#hear,
      },
      times,
    );
    this.#ladder.climb();
  }

  readonly #carry = (link: Link, found: Detour | null): void => {
    // In a race without a head start nothing new is learned about WebRTC.
    const detour = this.options.socketOnly ? "wished" : found === "slow" ? (this.#detour ?? found) : found;
    clearTimeout(this.#patience);
    this.#link = link;
    this.#away = false;
    this.#detour = detour;
    this.#heartbeat.start();
    this.events.onConnected({ carrier: link.carrier, detour });
    const client = navigator.userAgent.slice(0, 200);
    this.#control.open((message) => link.sendControl(message), { type: "hello", wire: WIRE_VERSION, client });
    this.#mic.open(link.audio);
    this.#opening?.resolve();
    this.#opening = null;
  };

  readonly #onFailed = (fault: LinkFault): void => {
    console.warn(`S2S: no connection: ${fault.message}`);
    if (fault.sessionGone && this.#away) this.#end(fault);
    else if (this.#away) this.#tryAgain();
    else {
      const { code, ...words } = fault.failure ?? failure("connection-failed");
      this.#opening?.reject(new CallFailure(code, words));
      this.#opening = null;
      this.close();
    }
  };

  readonly #hear = (message: ToBrowser): void => {
    if (message.type === "pong") {
      this.#heartbeat.answered();
      this.#control.ponged(message.ms);
      this.#mic.ponged();
    }
    if (message.type === "user_transcript" && message.final) this.#control.echoed(message.text);
    this.events.onControl(message);
  };

  /** The link is gone: the same session is joined again, at once and then ever more patiently. */
  readonly #lose = (fault: LinkFault): void => {
    if (this.#closed || !this.#link) return;
    console.warn(`S2S: the connection was lost: ${fault.message}`);
    this.#link.close();
    this.#link = null;
    this.#heartbeat.stop();
    this.#control.shut();
    this.#mic.shut();
    if (fault.sessionGone) {
      this.#end(fault);
      return;
    }
    this.#away = true;
    this.#tries = 0;
    this.#patience = window.setTimeout(() => {
      this.#end(fault);
    }, this.options.comeBackMs);
    this.events.onAway();
    this.#tryAgain();
  };

  #tryAgain(): void {
    const waitMs = BACKOFF_MS[this.#tries] ?? BACKOFF_MS[BACKOFF_MS.length - 1];
    this.#tries++;
    this.#pause = window.setTimeout(() => {
      this.#rejoin();
    }, waitMs);
  }

  #rejoin(): void {
    if (!this.#session) return;
    // Where only the WebSocket worked, it need not wait for WebRTC to fail again.
    const headStartMs = this.#detour ? 0 : REJOIN_HEAD_START_MS;
    this.#climb(this.#session, { headStartMs, limitMs: REJOIN_LIMIT_MS });
  }

  /** A new network: the old connection hangs on an address that is gone. */
  readonly #onOnline = (): void => {
    this.#lose(new LinkFault("the network has changed"));
    if (!this.#away) return;
    clearTimeout(this.#pause);
    this.#rejoin();
  };

  /** A gateway that is gone refuses at once, where an unreliable path would need 6 s to be believed. */
  async #lookAgain(): Promise<void> {
    const link = this.#link;
    const answers = await this.api.answers();
    if (!answers && link === this.#link) this.#lose(new LinkFault("the gateway does not answer"));
  }

  #end(fault: LinkFault): void {
    this.close();
    this.events.onLost(fault.failure?.code === "session-gone" ? fault.failure : failure("connection-lost"));
  }
}
