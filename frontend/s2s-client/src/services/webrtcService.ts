/** The gateway over WebRTC: REST signalling with trickling candidates, one peer connection, two data channels. */
import { AUDIO_CHANNEL, CONTROL_CHANNEL, type Detour, type FromBrowser, type ToBrowser } from "../types";
import { CallFailure } from "../session/failures";
import type { GatewayApi } from "./gatewayApi";
import { LinkFault, type Link, type LinkEvents } from "./link";
import type { AudioChannel } from "./micOutbox";

/** "disconnected" often heals by itself; longer than this it is a lost connection. */
const HEALING_MS = 2_000;

/** Throws LinkFault where the browser has no WebRTC, or has it switched off. */
export function openWebRtc(api: GatewayApi, sessionId: string, iceServers: RTCIceServer[], events: LinkEvents): Link {
  let peer: RTCPeerConnection;
  try {
    peer = new RTCPeerConnection({ iceServers });
  } catch (reason) {
    throw new LinkFault(`no peer connection: ${String(reason)}`, "no-webrtc");
  }
  return new WebRtcLink(peer, api, sessionId, events);
}

class WebRtcLink implements Link {
  readonly carrier = "webrtc";
  readonly audio: AudioChannel;
  readonly #voice: RTCDataChannel;
  readonly #control: RTCDataChannel;
  #answered = false;
  #closed = false;
  #healing = 0;

  constructor(
    private readonly peer: RTCPeerConnection,
    private readonly api: GatewayApi,
    private readonly sessionId: string,
    private readonly events: LinkEvents,
  ) {
    this.#voice = peer.createDataChannel(AUDIO_CHANNEL, { ordered: true, maxRetransmits: 0 });
    this.#control = peer.createDataChannel(CONTROL_CHANNEL);
    this.audio = audioOf(this.#voice);
    this.#listen();
    this.#negotiate().catch((reason: unknown) => {
      if (reason instanceof CallFailure) this.#fail("the offer failed", "refused", reason);
      else this.#fail(`the negotiation failed: ${String(reason)}`, "no-webrtc");
    });
  }

  /** Before the gateway has answered nothing can be said about the path. */
  get detour(): Detour {
    return this.#answered ? "udp-blocked" : "slow";
  }

  sendControl(message: FromBrowser): boolean {
    if (this.#control.readyState !== "open") return false;
    this.#control.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#healing);
    this.#control.onclose = this.peer.onconnectionstatechange = this.peer.onicecandidate = null;
    this.peer.close();
  }

  get #open(): boolean {
    return this.#control.readyState === "open" && this.#voice.readyState === "open";
  }

  #listen(): void {
    const control = this.#control;
    this.#voice.binaryType = "arraybuffer";
    this.#voice.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      if (!this.#closed) this.events.onAudio(data);
    };
    control.onmessage = ({ data }: MessageEvent<string>) => {
      if (!this.#closed) this.events.onControl(JSON.parse(data) as ToBrowser);
    };
    control.onopen = this.#voice.onopen = () => {
      if (this.#open && !this.#closed) this.events.onOpen();
    };
    control.onclose = () => {
      this.#fail("the control channel was closed");
    };
    this.peer.onconnectionstatechange = () => {
      clearTimeout(this.#healing);
      if (this.peer.connectionState === "failed") this.#fail("the peer connection failed");
      if (this.peer.connectionState === "disconnected") {
        this.#healing = window.setTimeout(() => {
          this.#fail(`the peer connection did not heal within ${HEALING_MS} ms`);
        }, HEALING_MS);
      }
    };
  }

  /** The offer goes at once; candidates follow, in order, when the gateway has answered it. */
  async #negotiate(): Promise<void> {
    let answered = (): void => undefined;
    let trickle = new Promise<void>((resolve) => (answered = resolve));
    let found = 0;
    this.peer.onicecandidate = ({ candidate }) => {
      // Firefox ends with an empty candidate and then with null.
      if (candidate?.candidate === "") return;
      if (candidate) found++;
      else if (found === 0) this.#fail("the browser found no way out for UDP", "udp-blocked");
      trickle = trickle.then(() => (this.#closed ? undefined : this.api.ice(this.sessionId, candidate)));
      trickle.catch((reason: unknown) => {
        // Once the channels are open the missing candidate does not matter.
        if (!this.#open) this.#fail("a candidate could not be told", "refused", reason);
      });
    };
    await this.peer.setLocalDescription();
    if (!this.peer.localDescription) throw new Error("there is no offer");
    const answer = await this.api.offer(this.sessionId, this.peer.localDescription);
    if (this.#closed) return;
    await this.peer.setRemoteDescription(answer);
    this.#answered = true;
    answered();
  }

  #fail(what: string, detour: Detour = this.detour, reason?: unknown): void {
    if (this.#closed) return;
    this.close();
    this.events.onFault(new LinkFault(what, detour, reason instanceof CallFailure ? reason.failure : null));
  }
}

function audioOf(channel: RTCDataChannel): AudioChannel {
  return {
    get isOpen() {
      return channel.readyState === "open";
    },
    get bufferedAmount() {
      return channel.bufferedAmount;
    },
    send: (frame) => {
      channel.send(frame);
    },
  };
}
