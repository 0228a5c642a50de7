/**
 * One conversation that outlives its links and its gateway session: a lost link is reconnected, and a lost session is replaced
 * by a new one that receives the history.
 */
import { WIRE_VERSION, type Detour, type Failure, type FromBrowser, type Notice, type ToBrowser } from "../../types";
import { CallFailure, failure } from "../../shared/callErrors";
import { ControlSendQueue } from "./controlSendQueue";
import type { CodecNegotiator } from "./codecNegotiator";
import type { CreatedSession, GatewayApi } from "../gatewayApi";
import { Heartbeat } from "./heartbeat";
import { CarrierRace } from "./carrierRace";
import { SendGate } from "./sendGate";
import { faultOf, LinkFault, type Link } from "./connection";
import { MicSendQueue } from "./micSendQueue";
import { TurnNumbering, type Numbers } from "./turnNumbering";
import type { ReconnectingOptions } from "./reconnectingOptions";
import { Backoff } from "./backoff";
import { OutageTracker } from "./outage";
import type { Transport, TransportEvents } from "./transport";

type Carriers = ConstructorParameters<typeof CarrierRace>[0];

const HEAD_START_MS = 2_500;
const FIRST_LIMIT_MS = 15_000;
/** When reconnecting the user waits in mid-sentence, so the WebSocket starts sooner and an attempt is given up sooner. */
const REJOIN_HEAD_START_MS = 1_500;
const REJOIN_LIMIT_MS = 6_000;
/** A link that lived this long was stable: the counters against reconnect loops are reset. */
const STABLE_MS = 10_000;
/** After this many new sessions in a row that did not last, or protocol-error closes, the fault is permanent. */
const MAX_IN_VAIN = 3;
const MAX_LET_GO = 2;

export class ReconnectingTransport implements Transport {
  readonly #mic: MicSendQueue;
  readonly #control = new ControlSendQueue();
  readonly #numbering: TurnNumbering;
  readonly #heartbeat = new Heartbeat({
    ping: () => {
      this.#mic.onPing();
      if (this.#control.ping() === null) this.#onConnectionLost(new LinkFault("the control channel is not open"));
    },
    onDoubt: () => void this.#checkGateway(),
    onSilence: (why) => {
      this.#onConnectionLost(new LinkFault(why));
    },
  });
  readonly #gate: SendGate;
  /** null: none yet, or the previous one is gone. */
  #session: CreatedSession | null = null;
  #race: CarrierRace | null = null;
  #link: Link | null = null;
  #connectedAtMs = 0;
  /** Set while `open` waits. */
  #opening: { readonly resolve: () => void; readonly reject: (reason: CallFailure) => void } | null = null;
  readonly #outage: OutageTracker;
  readonly #backoff = new Backoff();
  #reconnectTimer = 0;
  #limitTimer = 0;
  #replacing = false;
  /** New sessions since the last stable link. */
  #failedReplacements = 0;
  #letGo = 0;
  /** Why the gateway refused a new session when last asked. */
  #refused: Failure | null = null;
  /** Why the last link was not WebRTC. */
  #detour: Detour | null = null;
  #closed = false;

  constructor(
    private readonly api: GatewayApi,
    private readonly carriersOf: (session: CreatedSession) => Carriers,
    private readonly events: TransportEvents,
    private readonly options: ReconnectingOptions,
    private readonly codec: CodecNegotiator,
  ) {
    this.#mic = new MicSendQueue(options.firstFrame);
    this.#outage = new OutageTracker(events.onOutage);
    this.#gate = new SendGate(codec, () => this.#control.ping(), events.onSpareBandwidth);
    this.#numbering = new TurnNumbering(options.numbers);
    // There is history but no session that knows it: the next session restarts its numbering.
    if (options.numbers && !options.existing) this.#numbering.onSessionReplaced();
    window.addEventListener("online", this.#onOnline);
  }

  sendAudio(frame: ArrayBuffer): void {
    this.#heartbeat.onActivity();
    this.#mic.push(frame);
  }

  sendControl(message: Parameters<Transport["sendControl"]>[0]): void {
    this.#mic.sendAfterAudio(message, () => {
      this.#control.push(message);
    });
  }

  async open(): Promise<void> {
    const { existing, request, history } = this.options;
    this.events.onStep("session");
    if (existing) this.api.adoptSession(existing);
    const session = existing ?? (await this.api.createSession(request, history()));
    if (this.#closed) {
      this.api.endSession(session.session_id);
      throw new CallFailure("connection-lost");
    }
    this.#session = session;
    this.events.onStep("network");
    await new Promise<void>((resolve, reject) => {
      this.#opening = { resolve, reject };
      this.#startRace(session, { headStartMs: HEAD_START_MS, limitMs: FIRST_LIMIT_MS });
    });
  }

  get session(): CreatedSession | null { return this.#session; }

  get numbers(): Numbers { return this.#numbering.numbers; }

  close(): void {
    if (this.#closed) return;
    this.leave();
    if (this.#session) this.api.endSession(this.#session.session_id);
  }

  leave(): void {
    if (this.#closed) return;
    this.#closed = true;
    window.removeEventListener("online", this.#onOnline);
    clearTimeout(this.#reconnectTimer);
    clearTimeout(this.#limitTimer);
    this.#heartbeat.stop();
    this.#control.close();
    this.#mic.close();
    this.codec.detach();
    this.#race?.cancel();
    this.#link?.close();
    this.#refuse(failure("connection-lost"));
  }

  #startRace(session: CreatedSession, times: { headStartMs: number; limitMs: number }): void {
    this.#race?.cancel();
    this.#race = new CarrierRace(
      this.carriersOf(session),
      {
        onCarrierOpened: this.#onConnected,
        onFailed: this.#onFailed,
        onFault: this.#onConnectionLost,
        onAudio: (frame) => {
          this.#heartbeat.onAudio();
          this.#numbering.renumberFrame(frame);
          this.codec.receiveFrame(frame);
        },
        onControl: this.#onMessage,
      },
      times,
    );
    this.#race.start();
  }

  readonly #onConnected = (link: Link, found: Detour | null): void => {
    // A race without a head start tells nothing new about WebRTC.
    const detour = this.options.socketOnly ? "wished" : found === "slow" ? (this.#detour ?? found) : found;
    clearTimeout(this.#limitTimer);
    this.#link = link;
    this.#connectedAtMs = Date.now();
    this.#outage.end();
    this.#detour = detour;
    this.#heartbeat.start();
    this.events.onConnected({ carrier: link.carrier, detour });
    const send = (message: FromBrowser): boolean => {
      const own = this.#numbering.toGateway(message);
      return own === null || link.sendControl(own);
    };
    const session_key = this.#session?.session_key ?? "";
    this.#control.open(send, { type: "hello", wire: WIRE_VERSION, client: navigator.userAgent.slice(0, 200), session_key });
    this.#mic.open(this.codec.attach(link.audio, send), this.#gate);
    this.#opening?.resolve();
    this.#opening = null;
  };

  readonly #onFailed = (fault: LinkFault): void => {
    console.warn(`S2S: no connection: ${fault.message}`);
    this.#outage.onTryFailed(fault.failure);
    if (fault.sessionGone) void this.#replaceSession();
    else if (this.#outage.isAway) this.#scheduleReconnect(fault.failure);
    else this.#giveUpOpening(fault.failure ?? failure("connection-failed"));
  };

  readonly #onMessage = (told: ToBrowser): void => {
    const message = this.#numbering.fromGateway(told);
    this.codec.onMessage(message);
    this.#gate.onMessage(message, performance.now());
    if (message.type === "pong") {
      this.#heartbeat.onPong();
      this.#control.onPong(message.ms);
      this.#mic.onPong();
    }
    this.#mic.pump();
    if (message.type === "user_transcript" && message.final) this.#control.onTextEchoed(message.text);
    if (message.type !== "notice") this.events.onControl(message);
    else this.#handleNotice(message);
  };

  /** Handles notices about this connection. */
  #handleNotice(notice: Notice): void {
    // Sent on a WebSocket before it closes with 4404; the page handles the close, so the notice is not shown.
    if (notice.code === "session_not_found") return;
    const fault = faultOf(notice);
    if (fault) {
      this.#onConnectionLost(fault);
      return;
    }
    this.events.onControl(notice);
    if (notice.code === "let_go") this.#letGo = this.#wasStable() ? 1 : this.#letGo + 1;
    if (notice.code === "gateway_stopping" && notice.ends_in_ms === 0) {
      this.#outage.gatewayWasGone = true;
      this.#onConnectionLost(new LinkFault("the gateway stops", "slow", failure("session-gone")));
    }
  }

  #wasStable(): boolean {
    return Date.now() - this.#connectedAtMs >= STABLE_MS;
  }

  /** Reconnects to the same session, at once and then with growing backoff. */
  readonly #onConnectionLost = (fault: LinkFault): void => {
    if (this.#closed || !this.#link) return;
    if (fault.continuedElsewhere) {
      // Left to the page that has taken the call over: neither ended nor taken back.
      this.leave();
      this.events.onLost(failure("continued-elsewhere"));
      return;
    }
    console.warn(`S2S: the connection was lost: ${fault.message}`);
    this.#link.close();
    this.#link = null;
    this.#heartbeat.stop();
    this.#control.detach();
    this.#mic.detach();
    this.codec.detach();
    if (this.#letGo >= MAX_LET_GO) {
      this.#end(failure("let-go"));
      return;
    }
    if (this.#wasStable()) this.#failedReplacements = 0;
    this.#backoff.onConnectionLost(this.#wasStable());
    this.#limitTimer = window.setTimeout(() => {
      this.#end(this.#refused ?? this.#outage.failure);
    }, this.options.reconnectLimitMs);
    this.#outage.begin(Date.now());
    if (fault.sessionGone) void this.#replaceSession();
    else this.#scheduleReconnect(null);
  };

  #scheduleReconnect(reason: Failure | null): void {
    const waitMs = Math.max(this.#backoff.nextDelayMs(), 1000 * (reason?.retryAfterS ?? 0));
    this.#outage.onTry(Date.now() + waitMs);
    this.#reconnectTimer = window.setTimeout(() => {
      this.#reconnect();
    }, waitMs);
  }

  tryNow(): void {
    if (this.#outage.waits) this.#reconnect();
  }

  #reconnect(): void {
    clearTimeout(this.#reconnectTimer);
    this.#outage.onTry(null);
    if (!this.#session) {
      void this.#replaceSession();
      return;
    }
    // If only the WebSocket worked, it need not wait for WebRTC to fail again.
    this.#startRace(this.#session, { headStartMs: this.#detour ? 0 : REJOIN_HEAD_START_MS, limitMs: REJOIN_LIMIT_MS });
  }

  /** Creates a new session with the history, because the old one is gone for good. */
  async #replaceSession(): Promise<void> {
    if (this.#replacing) return;
    if (this.#failedReplacements >= MAX_IN_VAIN) {
      this.#end(failure("session-gone"));
      return;
    }
    if (this.#session) this.events.onSessionLost();
    this.#session = null;
    this.#replacing = true;
    try {
      const session = await this.api.createSession(this.options.request, this.options.history());
      if (this.#closed) this.api.endSession(session.session_id);
      else this.#adoptSession(session);
    } catch (reason) {
      console.warn("S2S: no new session:", reason);
      if (!this.#closed) this.#onReplacementFailed(reason instanceof CallFailure ? reason.failure : failure("gateway-error"));
    } finally {
      this.#replacing = false;
    }
  }

  #adoptSession(session: CreatedSession): void {
    this.#session = session;
    this.#failedReplacements++;
    this.#refused = null;
    this.#numbering.onSessionReplaced();
    this.events.onSessionReplaced(this.#outage.gatewayWasGone ? "restarted" : "ended");
    this.#reconnect();
  }

  #onReplacementFailed(reason: Failure): void {
    this.#outage.onTryFailed(reason);
    this.#refused = reason.retryAfterS === undefined ? null : reason;
    if (!this.#outage.isAway) this.#giveUpOpening(reason);
    else if (1000 * (reason.retryAfterS ?? 0) > this.options.reconnectLimitMs) this.#end(reason);
    else this.#scheduleReconnect(reason);
  }

  /** Reconnects on a new network: the old connection uses an address that is gone. */
  readonly #onOnline = (): void => {
    this.#onConnectionLost(new LinkFault("the network has changed"));
    if (this.#outage.isAway) this.#reconnect();
  };

  /** Checks whether the gateway is reachable: a stopped one refuses at once, while a bad path takes 6 s to be recognized. */
  async #checkGateway(): Promise<void> {
    const link = this.#link;
    const answers = await this.api.isReachable();
    if (answers || link !== this.#link) return;
    this.#outage.gatewayWasGone = true;
    this.#onConnectionLost(new LinkFault("the gateway does not answer"));
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
