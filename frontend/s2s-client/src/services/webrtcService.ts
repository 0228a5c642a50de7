/** The gateway over WebRTC: REST signalling with trickling candidates, one peer connection, two data channels. */
import {
  AUDIO_CHANNEL,
  CONTROL_CHANNEL,
  WIRE_VERSION,
  type FailureCode,
  type FromBrowser,
  type ToBrowser,
} from "../types";
import { CallFailure, failure } from "../session/failures";
import { GatewayApi } from "./gatewayApi";
import { Heartbeat } from "./heartbeat";
import { MicOutbox } from "./micOutbox";
import type { Transport, TransportEvents } from "./transport";

const OPEN_LIMIT_MS = 15_000;

export function openWebRtc(apiUrl: string, events: TransportEvents): Transport {
  return new WebRtcTransport(new GatewayApi(apiUrl), events);
}

interface Link {
  readonly peer: RTCPeerConnection;
  readonly audio: RTCDataChannel;
  readonly control: RTCDataChannel;
}

class WebRtcTransport implements Transport {
  readonly #mic = new MicOutbox();
  readonly #heartbeat = new Heartbeat(
    () => {
      this.sendControl({ type: "ping", ms: Math.round(performance.now()) });
    },
    () => {
      this.#lose("connection-lost", "pings stay unanswered");
    },
  );
  #sessionId: string | null = null;
  #link: Link | null = null;
  #unsent: FromBrowser[] = [];
  #closed = false;
  /** Set while `open` waits: a failure then ends the waiting instead of a conversation. */
  #rejectOpening: ((reason: CallFailure) => void) | null = null;

  constructor(
    private readonly api: GatewayApi,
    private readonly events: TransportEvents,
  ) {}

  sendAudio(frame: ArrayBuffer): void {
    this.#mic.push(frame);
  }

  sendControl(message: FromBrowser): void {
    if (this.#closed) return;
    const control = this.#link?.control;
    if (control?.readyState === "open") control.send(JSON.stringify(message));
    else this.#unsent.push(message);
  }

  async open(): Promise<void> {
    this.events.onStep("session");
    const created = await this.api.create();
    this.#sessionId = created.session_id;
    if (this.#closed) {
      this.api.end(created.session_id);
      throw new CallFailure("connection-lost");
    }
    this.events.onStep("network");
    const link = this.#connect(created.ice_servers.map(withoutNulls));
    const opened = this.#opened(link);
    // `negotiate` may fail first; the waiting then has nobody who listens, which is not an error of its own.
    opened.catch(() => undefined);
    await this.#negotiate(created.session_id, link);
    await opened;
    this.#heartbeat.start();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#heartbeat.stop();
    this.#mic.close();
    this.#rejectOpening?.(new CallFailure("connection-lost"));
    if (this.#link) {
      this.#link.control.onclose = null;
      this.#link.peer.onconnectionstatechange = null;
      this.#link.peer.close();
    }
    if (this.#sessionId) this.api.end(this.#sessionId);
  }

  #connect(iceServers: RTCIceServer[]): Link {
    const peer = new RTCPeerConnection({ iceServers });
    const audio = peer.createDataChannel(AUDIO_CHANNEL, { ordered: true, maxRetransmits: 0 });
    const control = peer.createDataChannel(CONTROL_CHANNEL);
    audio.binaryType = "arraybuffer";
    audio.onmessage = (event: MessageEvent<ArrayBuffer>) => {
      this.events.onAudio(event.data);
    };
    control.onmessage = (event: MessageEvent<string>) => {
      this.#hear(JSON.parse(event.data) as ToBrowser);
    };
    control.onclose = () => {
      this.#lose("connection-lost", "the control channel was closed");
    };
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === "failed") this.#lose("connection-lost", "the peer connection failed");
    };
    this.#link = { peer, audio, control };
    return this.#link;
  }

  async #opened({ audio, control }: Link): Promise<void> {
    const limit = window.setTimeout(() => {
      this.#lose("connection-failed", `the channels did not open within ${OPEN_LIMIT_MS} ms`);
    }, OPEN_LIMIT_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#rejectOpening = reject;
        control.onopen = audio.onopen = () => {
          if (control.readyState === "open" && audio.readyState === "open") resolve();
        };
      });
    } finally {
      clearTimeout(limit);
      this.#rejectOpening = null;
    }
    const waiting = this.#unsent;
    this.#unsent = [];
    this.sendControl({ type: "hello", wire: WIRE_VERSION, client: navigator.userAgent.slice(0, 200) });
    waiting.forEach((message) => {
      this.sendControl(message);
    });
    this.#mic.open(audio);
  }

  /** The offer goes at once; candidates follow, in order, when the gateway has answered it. */
  async #negotiate(sessionId: string, { peer }: Link): Promise<void> {
    let answered = (): void => undefined;
    let trickle = new Promise<void>((resolve) => (answered = resolve));
    peer.onicecandidate = ({ candidate }) => {
      // Firefox ends with an empty candidate and then with null.
      if (candidate?.candidate === "") return;
      trickle = trickle.then(() => (this.#closed ? undefined : this.api.ice(sessionId, candidate)));
      trickle.catch((fault: unknown) => {
        // Once the channels are open the missing candidate does not matter.
        if (fault instanceof CallFailure) this.#rejectOpening?.(fault);
      });
    };
    await peer.setLocalDescription();
    if (!peer.localDescription) throw new CallFailure("connection-failed");
    await peer.setRemoteDescription(await this.api.offer(sessionId, peer.localDescription));
    answered();
  }

  #hear(message: ToBrowser): void {
    if (message.type === "pong") this.#heartbeat.answered();
    this.events.onControl(message);
  }

  #lose(code: FailureCode, why: string): void {
    if (this.#closed) return;
    console.warn(`S2S: ${why}`);
    if (this.#rejectOpening) this.#rejectOpening(new CallFailure("connection-failed"));
    else this.events.onLost(failure(code));
    this.close();
  }
}

function withoutNulls(server: {
  readonly urls: string[];
  readonly username: string | null;
  readonly credential: string | null;
}): RTCIceServer {
  const { urls, username, credential } = server;
  return username !== null && credential !== null ? { urls, username, credential } : { urls };
}
