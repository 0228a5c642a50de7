/**
 * One conversation that outlives its links, and its session at the gateway as well: what carries the call may die and is
 * made again, and where the session is gone a new one is told what was said.
 */
import { WIRE_VERSION, type Detour, type Failure, type FromBrowser, type Notice, type ToBrowser } from "../../types";
import { CallFailure, failure } from "../../shared/callErrors";
import { ControlOutbox } from "./controlSendQueue";
import type { CodecKeeper } from "./codecNegotiator";
import type { CreatedSession, GatewayApi, Said, Wishes } from "../gatewayApi";
import { Heartbeat } from "./heartbeat";
import { Ladder } from "./carrierRace";
import { LineGate } from "./sendGate";
import { LinkFault, type Link } from "./connection";
import { MicOutbox } from "./micSendQueue";
import { Numbering, type Numbers } from "./turnNumbering";
import { Patience } from "./backoff";
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
  /** What was said so far, for a session that takes the place of one that is gone. */
  readonly history: () => readonly Said[];
  /** How far an earlier page or call has counted. */
  readonly numbers?: Numbers | undefined;
  /** No WebRTC is tried. */
  readonly socketOnly: boolean;
}

const HEAD_START_MS = 2_500;
const FIRST_LIMIT_MS = 15_000;
/** Coming back: the person waits in mid-sentence, so the race begins sooner and a try is given up sooner. */
const REJOIN_HEAD_START_MS = 1_500;
const REJOIN_LIMIT_MS = 6_000;
/** A link that lived so long was a good one: what is counted against looping begins anew. */
const STABLE_MS = 10_000;
/** So many new sessions in a row that did not last, or goodbyes for bad manners: something is wrong for good. */
const MOST_IN_VAIN = 3;
const MOST_LET_GO = 2;

export class LastingTransport implements Transport {
  readonly #mic: MicOutbox;
  readonly #control = new ControlOutbox();
  readonly #numbering: Numbering;
  readonly #heartbeat = new Heartbeat({
    ping: () => {
      this.#mic.pinged();
      if (this.#control.ping() === null) this.#lose(new LinkFault("the control channel is not open"));
    },
    onDoubt: () => void this.#lookAgain(),
    onSilence: (why) => {
      this.#lose(new LinkFault(why));
    },
  });
  readonly #gate: LineGate;
  /** null: none yet, or the one before is gone. */
  #session: CreatedSession | null = null;
  #ladder: Ladder | null = null;
  #link: Link | null = null;
  #carriedAtMs = 0;
  /** Set while `open` waits. */
  #opening: { readonly resolve: () => void; readonly reject: (reason: CallFailure) => void } | null = null;
  #away = false;
  readonly #patience = new Patience();
  #pause = 0;
  #limit = 0;
  #renewing = false;
  /** New sessions since a link lasted. */
  #inVain = 0;
  #letGo = 0;
  /** Nobody listened at the gateway's address, or it said that it stops. */
  #gatewayWasGone = false;
  /** Why the gateway made no new session when it was last asked. */
  #refused: Failure | null = null;
  /** Why the last link was not WebRTC. */
  #detour: Detour | null = null;
  #closed = false;

  constructor(
    private readonly api: GatewayApi,
    private readonly doorsOf: (session: CreatedSession) => Doors,
    private readonly events: TransportEvents,
    private readonly options: LastingOptions,
    private readonly codec: CodecKeeper,
  ) {
    this.#mic = new MicOutbox(options.firstFrame);
    this.#gate = new LineGate(codec, () => this.#control.ping(), events.onSpare);
    this.#numbering = new Numbering(options.numbers);
    // Words from before, but no session that knows them: the next one counts anew.
    if (options.numbers && !options.standing) this.#numbering.begin();
    window.addEventListener("online", this.#onOnline);
  }

  sendAudio(frame: ArrayBuffer): void {
    this.#heartbeat.lives();
    this.#mic.push(frame);
  }

  sendControl(message: Parameters<Transport["sendControl"]>[0]): void {
    this.#mic.behind(message, () => {
      this.#control.push(message);
    });
  }

  async open(): Promise<void> {
    const { standing, wishes, history } = this.options;
    this.events.onStep("session");
    const session = standing ?? (await this.api.create(wishes, history()));
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

  get numbers(): Numbers {
    return this.#numbering.numbers;
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
    clearTimeout(this.#limit);
    this.#heartbeat.stop();
    this.#control.close();
    this.#mic.close();
    this.codec.shut();
    this.#ladder?.cancel();
    this.#link?.close();
    this.#refuse(failure("connection-lost"));
  }

  #climb(session: CreatedSession, times: { headStartMs: number; limitMs: number }): void {
    this.#ladder?.cancel();
    this.#ladder = new Ladder(
      this.doorsOf(session),
      {
        onWon: this.#carry,
        onFailed: this.#onFailed,
        onFault: this.#lose,
        onAudio: (frame) => {
          this.#heartbeat.heard();
          this.#numbering.frame(frame);
          this.codec.take(frame);
        },
        onControl: this.#hear,
      },
      times,
    );
    this.#ladder.climb();
  }

  readonly #carry = (link: Link, found: Detour | null): void => {
    // In a race without a head start nothing new is learned about WebRTC.
    const detour = this.options.socketOnly ? "wished" : found === "slow" ? (this.#detour ?? found) : found;
    clearTimeout(this.#limit);
    this.#link = link;
    this.#carriedAtMs = Date.now();
    this.#away = false;
    this.#detour = detour;
    this.#heartbeat.start();
    this.events.onConnected({ carrier: link.carrier, detour });
    const send = (message: FromBrowser): boolean => {
      const own = this.#numbering.up(message);
      return own === null || link.sendControl(own);
    };
    this.#control.open(send, { type: "hello", wire: WIRE_VERSION, client: navigator.userAgent.slice(0, 200) });
    this.#mic.open(this.codec.carry(link.audio, send), this.#gate);
    this.#opening?.resolve();
    this.#opening = null;
  };

  readonly #onFailed = (fault: LinkFault): void => {
    console.warn(`S2S: no connection: ${fault.message}`);
    this.#gatewayWasGone ||= fault.failure?.code === "gateway-unreachable";
    if (fault.sessionGone) void this.#renew();
    else if (this.#away) this.#tryAgain(fault.failure);
    else this.#giveUpOpening(fault.failure ?? failure("connection-failed"));
  };

  readonly #hear = (told: ToBrowser): void => {
    const message = this.#numbering.down(told);
    this.codec.hear(message);
    this.#gate.hear(message, performance.now());
    if (message.type === "pong") {
      this.#heartbeat.answered();
      this.#control.ponged(message.ms);
      this.#mic.ponged();
    }
    this.#mic.pump();
    if (message.type === "user_transcript" && message.final) this.#control.echoed(message.text);
    if (message.type !== "notice") this.events.onControl(message);
    else this.#heed(message);
  };

  /** Notices that are about this connection. */
  #heed(notice: Notice): void {
    // What a WebSocket says before it closes with 4404; the page does something about it, so nobody need read it.
    if (notice.code === "session_not_found") return;
    this.events.onControl(notice);
    if (notice.code === "let_go") this.#letGo = this.#lasted() ? 1 : this.#letGo + 1;
    if (notice.code === "gateway_stopping" && notice.ends_in_ms === 0) {
      this.#gatewayWasGone = true;
      this.#lose(new LinkFault("the gateway stops", "slow", failure("session-gone")));
    }
  }

  #lasted(): boolean {
    return Date.now() - this.#carriedAtMs >= STABLE_MS;
  }

  /** The link is gone: the same session is joined again, at once and then ever more patiently. */
  readonly #lose = (fault: LinkFault): void => {
    if (this.#closed || !this.#link) return;
    console.warn(`S2S: the connection was lost: ${fault.message}`);
    this.#link.close();
    this.#link = null;
    this.#heartbeat.stop();
    this.#control.shut();
    this.#mic.shut();
    this.codec.shut();
    if (this.#letGo >= MOST_LET_GO) {
      this.#end(failure("let-go"));
      return;
    }
    if (this.#lasted()) this.#inVain = 0;
    this.#patience.lost(this.#lasted());
    this.#away = true;
    this.#limit = window.setTimeout(() => {
      this.#end(this.#refused ?? failure("connection-lost"));
    }, this.options.comeBackMs);
    this.events.onAway();
    if (fault.sessionGone) void this.#renew();
    else this.#tryAgain(null);
  };

  #tryAgain(reason: Failure | null): void {
    const waitMs = Math.max(this.#patience.next(), 1000 * (reason?.retryAfterS ?? 0));
    this.#pause = window.setTimeout(() => {
      this.#rejoin();
    }, waitMs);
  }

  #rejoin(): void {
    if (!this.#session) {
      void this.#renew();
      return;
    }
    // Where only the WebSocket worked, it need not wait for WebRTC to fail again.
    this.#climb(this.#session, { headStartMs: this.#detour ? 0 : REJOIN_HEAD_START_MS, limitMs: REJOIN_LIMIT_MS });
  }

  /** The session is gone for good: a new one is made, and told what was said. */
  async #renew(): Promise<void> {
    if (this.#renewing) return;
    if (this.#inVain >= MOST_IN_VAIN) {
      this.#end(failure("session-gone"));
      return;
    }
    if (this.#session) this.events.onGone();
    this.#session = null;
    this.#renewing = true;
    try {
      const session = await this.api.create(this.options.wishes, this.options.history());
      if (this.#closed) this.api.end(session.session_id);
      else this.#begin(session);
    } catch (reason) {
      console.warn("S2S: no new session:", reason);
      if (!this.#closed) this.#notRenewed(reason instanceof CallFailure ? reason.failure : failure("gateway-error"));
    } finally {
      this.#renewing = false;
    }
  }

  #begin(session: CreatedSession): void {
    this.#session = session;
    this.#inVain++;
    this.#refused = null;
    this.#numbering.begin();
    this.events.onRenewed(this.#gatewayWasGone ? "restarted" : "ended");
    this.#gatewayWasGone = false;
    this.#rejoin();
  }

  #notRenewed(reason: Failure): void {
    this.#gatewayWasGone ||= reason.code === "gateway-unreachable";
    this.#refused = reason.retryAfterS === undefined ? null : reason;
    if (!this.#away) this.#giveUpOpening(reason);
    else if (1000 * (reason.retryAfterS ?? 0) > this.options.comeBackMs) this.#end(reason);
    else this.#tryAgain(reason);
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
    if (answers || link !== this.#link) return;
    this.#gatewayWasGone = true;
    this.#lose(new LinkFault("the gateway does not answer"));
  }

  #giveUpOpening(reason: Failure): void {
    this.#refuse(reason);
    this.close();
  }

  #refuse({ code, ...details }: Failure): void {
    this.#opening?.reject(new CallFailure(code, details));
    this.#opening = null;
  }

  #end(reason: Failure): void {
    const opening = this.#opening;
    this.#refuse(reason);
    this.close();
    if (!opening) this.events.onLost(reason);
  }
}
