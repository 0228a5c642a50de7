/** The gateway over WebRTC: REST signalling with trickling candidates, one peer connection, control and audio channels. */
import { readHeader } from "../audio/pcm";
import { ReorderBuffer } from "../audio/opus/reorderBuffer";
import { CONTROL_CHANNEL, FLAG_OPUS, OUTPUT_SAMPLES, type Detour, type FromBrowser, type ToBrowser } from "../types";
import { CallFailure } from "../shared/callErrors";
import type { GatewayApi } from "./gatewayApi";
import { LinkFault, type Link, type LinkEvents } from "./transport/connection";
import type { AudioChannel } from "./transport/micSendQueue";
import type { LossMonitor } from "./transport/lossMonitor";
import { AudioChannels } from "./transport/audioChannels";
import { BusyPage } from "./busyPage";

/** "disconnected" often recovers; after this time the connection counts as lost. */
const RECOVERY_MS = 2_000;
/** No packet arrived for so long after the answer, while this page was not busy: UDP is blocked. */
const BLOCKED_MS = 1_000;
/** ... and for so many times as long as the gateway took for its answer, which may be busy itself. */
const BLOCKED_ANSWERS = 3;

/** How the audio travels, as shown to the user. */
export interface Route {
  /** Relayed through a TURN server. */
  readonly relayed: boolean;
  /** The path loses audio, so every frame is sent twice. */
  readonly twice: boolean;
}

export interface WebRtcEvents extends LinkEvents {
  /** The route is not the default one, or has changed. Called only while the link is open. */
  readonly onRoute: (route: Route) => void;
}

/** The WebRTC options that are the same for every link of one conversation. */
export interface WebRtcOptions {
  readonly sessionId: string;
  readonly iceServers: RTCIceServer[];
  /** Fetches servers with a new password, before candidates are gathered; null if those above are new. Does not throw. */
  readonly renewIceServers: (() => Promise<RTCIceServer[]>) | null;
  readonly quality: LossMonitor;
  /** The gateway has a loopback address; a tunnel may start there. */
  readonly gatewayIsLoopback: boolean;
}

/** Opens a WebRTC link. Throws LinkFault if the browser has no WebRTC or has it disabled. */
export function openWebRtc(api: GatewayApi, options: WebRtcOptions, events: WebRtcEvents): Link {
  const { iceServers, quality } = options;
  if (quality.avoidsWebRtc(performance.now())) throw new LinkFault("WebRTC loses too much on this path", "lossy");
  let peer: RTCPeerConnection;
  try {
    peer = new RTCPeerConnection({ iceServers });
  } catch (reason) {
    throw new LinkFault(`no peer connection: ${String(reason)}`, "no-webrtc");
  }
  return new WebRtcLink(peer, api, options, events);
}

class WebRtcLink implements Link {
  readonly carrier = "webrtc";
  readonly audio: AudioChannel;
  readonly #voice: AudioChannels;
  readonly #control: RTCDataChannel;
  /** Runs from the gateway's answer on; how long that took. */
  readonly #sinceAnswer = new BusyPage();
  #answerTookMs = Infinity;
  #closed = false;
  #recoveryTimer = 0;
  #route: Route = { relayed: false, twice: false };
  readonly #order = new ReorderBuffer<ArrayBuffer>();
  readonly #quality: LossMonitor;
  readonly #sessionId: string;
  readonly #gatewayIsLoopback: boolean;
  readonly #renewIceServers: WebRtcOptions["renewIceServers"];

  constructor(
    private readonly peer: RTCPeerConnection,
    private readonly api: GatewayApi,
    { quality, sessionId, gatewayIsLoopback, renewIceServers }: WebRtcOptions,
    private readonly events: WebRtcEvents,
  ) {
    this.#quality = quality;
    this.#sessionId = sessionId;
    this.#gatewayIsLoopback = gatewayIsLoopback;
    this.#renewIceServers = renewIceServers;
    this.#voice = new AudioChannels(peer, quality.profile, {
      onOpen: this.#onOpen,
      onFrame: (frame, profile) => {
        if (this.#closed) return;
        const header = readHeader(frame, OUTPUT_SAMPLES);
        if (header) quality.onFrameReceived(header.seq, profile, performance.now() - header.clockMs);
        if (header && profile === "twice" && header.flags & FLAG_OPUS) this.#order.pushFrame(header.seq, frame).forEach(this.events.onAudio);
        else this.events.onAudio(frame);
      },
      onProfile: (profile) => {
        this.#reportRoute({ twice: profile === "twice" });
      },
    });
    this.#control = peer.createDataChannel(CONTROL_CHANNEL);
    this.audio = audioOf(this.#voice, quality);
    this.#listen();
    this.#negotiate().catch((reason: unknown) => {
      if (reason instanceof CallFailure) this.#fail("the offer failed", "refused", reason);
      else this.#fail(`the negotiation failed: ${String(reason)}`, "no-webrtc");
    });
  }

  /**
   * Why WebRTC did not connect. Unknown until the gateway has answered and packets have had time to arrive. Nothing blocks UDP
   * within this computer.
   */
  get detour(): Detour {
    const passed = ["connected", "completed"].includes(this.peer.iceConnectionState);
    const timeMs = Math.max(BLOCKED_MS, BLOCKED_ANSWERS * this.#answerTookMs);
    return !passed && !this.#gatewayIsLoopback && this.#sinceAnswer.quietMs >= timeMs ? "udp-blocked" : "slow";
  }

  sendControl(message: FromBrowser): boolean {
    if (this.#control.readyState !== "open") return false;
    // Either may mark the end of an utterance, so no frames may follow.
    if (message.type === "mic" || message.type === "activity") this.#voice.pause();
    this.#control.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#recoveryTimer);
    this.#sinceAnswer.stop();
    this.#control.onclose = this.peer.onconnectionstatechange = this.peer.onicecandidate = null;
    this.peer.close();
  }

  get #open(): boolean {
    return this.#control.readyState === "open" && this.#voice.isOpen;
  }

  readonly #onOpen = (): void => {
    if (!this.#open || this.#closed) return;
    this.#sinceAnswer.stop();
    this.#quality.restart();
    this.events.onOpen();
    this.#reportRoute({ twice: this.#quality.profile === "twice" });
    void this.#checkRoute();
  };

  async #checkRoute(): Promise<void> {
    try {
      const { local, remote } = await endsOf(this.peer);
      if (this.#closed) return;
      this.#reportRoute({ relayed: local.candidateType === "relay" });
      // If the browser hides its own addresses, only the gateway's address is left to decide by.
      this.#quality.isLocal = local.address ? local.address === remote.address : this.#gatewayIsLoopback;
    } catch (fault) {
      // The peer may have been closed since. The connection info then says less; the call does not need it.
      if (!this.#closed) console.info("S2S: the browser does not tell the way of the connection.", fault);
    }
  }

  #reportRoute(news: Partial<Route>): void {
    const next = { ...this.#route, ...news };
    if (next.relayed === this.#route.relayed && next.twice === this.#route.twice) return;
    this.#route = next;
    this.events.onRoute(next);
  }

  #onMessage(message: ToBrowser): void {
    if (message.type === "pong") {
      // The codec comes first: the loss monitor must know whether compression is about to relieve this connection.
      this.events.onControl(message);
      if (this.#closed) return;
      const now = performance.now();
      const advice = this.#quality.onPong(message.mic_missing, this.#voice.isSlow, now, now - message.ms);
      this.#voice.onPong();
      if (advice !== "socket") this.#voice.useProfile(advice);
      else this.#fail("too much is lost", "lossy");
      return;
    }
    this.events.onControl(message);
  }

  #listen(): void {
    const control = this.#control;
    control.onmessage = ({ data }: MessageEvent<string>) => {
      if (!this.#closed) this.#onMessage(JSON.parse(data) as ToBrowser);
    };
    control.onopen = this.#onOpen;
    control.onclose = () => {
      this.#fail("the control channel was closed");
    };
    this.peer.onconnectionstatechange = () => {
      clearTimeout(this.#recoveryTimer);
      if (this.peer.connectionState === "failed") this.#fail("the peer connection failed");
      if (this.peer.connectionState === "disconnected") {
        this.#recoveryTimer = window.setTimeout(() => {
          this.#fail(`the peer connection did not heal within ${RECOVERY_MS} ms`);
        }, RECOVERY_MS);
      }
    };
  }

  /** Sends the offer at once; the candidates follow, in order, once the gateway has answered. */
  async #negotiate(): Promise<void> {
    let answered = (): void => undefined;
    let trickle = new Promise<void>((resolve) => (answered = resolve));
    let found = 0;
    this.peer.onicecandidate = ({ candidate }) => {
      // Firefox ends with an empty candidate, then null.
      if (candidate?.candidate === "") return;
      if (candidate) found++;
      else if (found === 0) this.#fail("the browser found no way out for UDP", "udp-blocked");
      trickle = trickle.then(() => (this.#closed ? undefined : this.api.sendCandidate(this.#sessionId, candidate)));
      trickle.catch((reason: unknown) => {
        // Once the channels are open, a missing candidate does not matter.
        if (!this.#open) this.#fail("a candidate could not be told", "refused", reason);
      });
    };
    if (this.#renewIceServers) {
      const iceServers = await this.#renewIceServers();
      if (this.#closed) return;
      this.peer.setConfiguration({ iceServers });
    }
    await this.peer.setLocalDescription();
    if (!this.peer.localDescription) throw new Error("there is no offer");
    const offeredAtMs = performance.now();
    const answer = await this.api.sendOffer(this.#sessionId, this.peer.localDescription);
    if (this.#closed) return;
    this.#answerTookMs = performance.now() - offeredAtMs;
    await this.peer.setRemoteDescription(answer);
    this.#watchForPackets();
    answered();
  }

  #watchForPackets(): void {
    if (!this.#open && !this.#closed) this.#sinceAnswer.start();
  }

  #fail(what: string, detour: Detour = this.detour, reason?: unknown): void {
    if (this.#closed) return;
    this.close();
    this.events.onFault(new LinkFault(what, detour, reason instanceof CallFailure ? reason.failure : null));
  }
}

function audioOf(voice: AudioChannels, quality: LossMonitor): AudioChannel {
  return {
    get isOpen() {
      return voice.isOpen;
    },
    get bufferedAmount() {
      return voice.bufferedAmount;
    },
    send: (frame) => {
      quality.onFrameSent();
      voice.send(frame);
    },
  };
}

interface End {
  readonly candidateType?: string;
  readonly address?: string | null;
}

/** Both ends of the candidate pair in use. */
async function endsOf(peer: RTCPeerConnection): Promise<{ local: End; remote: End }> {
  const stats = [...((await peer.getStats()) as ReadonlyMap<string, RTCStats>).values()];
  const transport = stats.find((one): one is RTCTransportStats => one.type === "transport");
  const pairs = stats.filter((one): one is RTCIceCandidatePairStats => one.type === "candidate-pair");
  // Firefox has no transport statistics; there the candidate pair itself is marked as selected.
  const pair =
    pairs.find(({ id }) => id === transport?.selectedCandidatePairId) ??
    pairs.find(({ state, nominated }) => state === "succeeded" && nominated);
  const end = (id: string | undefined) => (stats.find((one) => one.id === id) ?? {}) as End;
  return { local: end(pair?.localCandidateId), remote: end(pair?.remoteCandidateId) };
}
