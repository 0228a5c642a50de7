/** What the doctor touches, in a real browser. */
import { GatewayApi } from "../../services/gatewayApi";
import { type Asked, isTurn, openPeer, openSocket, probeInfo, type ProbeInfo } from "./echoConnection";
import type { EchoConnection, Environment } from "./diagnosticSteps";
import type { EchoFound } from "./echoDetection";
import type { Abilities, Health } from "./thresholds";
import { type Devices, AudioCheck } from "./audioCheck";
import type { InputLevel } from "./inputLevel";

const ANSWER_MS = 10_000;

/** A call that runs, and its microphone. */
export interface RunningCall {
  readonly mute: (muted: boolean) => void;
}

export class BrowserEnvironment implements Environment {
  readonly #audio: AudioCheck | null;
  #info: Promise<ProbeInfo> | null = null;

  /** `call`: while the microphone and the loudspeaker are examined, the AI must not listen; null: it does not. */
  constructor(
    private readonly baseUrl: string,
    devices: Devices,
    private readonly call: RunningCall | null,
    private readonly callerHeaders: () => Promise<Record<string, string>>,
  ) {
    this.#audio = typeof AudioContext === "undefined" ? null : new AudioCheck(devices);
  }

  /** For a meter, 0 to 1. */
  readonly read = (): number => this.#audio?.read() ?? 0;

  close(): void {
    this.#audio?.close();
  }

  abilities(): Abilities {
    const { mediaDevices } = navigator as { mediaDevices?: MediaDevices };
    return {
      secure: window.isSecureContext,
      microphone: mediaDevices !== undefined,
      sound: typeof AudioWorkletNode !== "undefined",
      webrtc: typeof RTCPeerConnection !== "undefined",
      websocket: typeof WebSocket !== "undefined",
      compression: typeof AudioEncoder !== "undefined" && typeof AudioDecoder !== "undefined",
    };
  }

  async health(signal: AbortSignal): Promise<Health | null> {
    try {
      const answer = await fetch(`${this.baseUrl}/health`, { cache: "no-store", headers: await this.callerHeaders(), signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) });
      return (await answer.json()) as Health;
    } catch {
      // No gateway there, or another program on the port: for the user it is the same.
      signal.throwIfAborted();
      const why = await new GatewayApi(this.baseUrl).unreachable();
      if (why.failure.code === "origin-refused") throw why;
      return null;
    }
  }

  level(signal: AbortSignal): Promise<InputLevel> {
    return this.#unheard((sound) => sound.level(signal));
  }

  echo(signal: AbortSignal): Promise<EchoFound | null> {
    return this.#unheard((sound) => sound.echo(signal));
  }

  async hasTurn(signal: AbortSignal): Promise<boolean> {
    return (await this.#probeInfo(signal)).ice_servers.some(isTurn);
  }

  async peer(way: "any" | "relay", signal: AbortSignal): Promise<EchoConnection> {
    return openPeer(await this.#asked(), await this.#probeInfo(signal), way, signal);
  }

  socket(signal: AbortSignal): Promise<EchoConnection> {
    return openSocket(this.baseUrl, signal);
  }

  #probeInfo(signal: AbortSignal): Promise<ProbeInfo> {
    return (this.#info ??= this.#asked().then((asked) => probeInfo(asked, signal)));
  }

  async #asked(): Promise<Asked> {
    return { baseUrl: this.baseUrl, headers: await this.callerHeaders() };
  }

  async #unheard<T>(examine: (sound: AudioCheck) => Promise<T>): Promise<T> {
    if (!this.#audio) throw new Error("This browser can’t play or record audio.");
    this.call?.mute(true);
    try {
      return await examine(this.#audio);
    } finally {
      this.call?.mute(false);
    }
  }
}
