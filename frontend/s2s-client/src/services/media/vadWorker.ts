/** The VAD worker and its model weights, loaded on demand. Without it a call still works, but ducks later. */
import workerUrl from "../../audio/vad/vad.worker.ts?worker&url";
import weightsUrl from "../../audio/vad/silero-vad-16k.f16.bin?url";
import type { FromVad, ToVad } from "../../audio/workletProtocol";
import type { Sensitivity } from "../../audio/vad/voiceDetector";
import { loadWeights, type WeightsLoading } from "./vadWeights";

export interface VadEvents {
  readonly onDucked: (on: boolean) => void;
  readonly onEcho: () => void;
}

export class VadWorker {
  readonly #worker = startWorker(workerUrl);

  private constructor(events: VadEvents) {
    this.#worker.onmessage = ({ data }: MessageEvent<FromVad>) => {
      if (data.kind === "ducked") events.onDucked(data.on);
      else events.onEcho();
    };
  }

  /** Returns null if `cachedOnly` and no weights are kept. Throws if they cannot be loaded. */
  static async open(loading: WeightsLoading, events: VadEvents): Promise<VadWorker | null> {
    const weights = await loadWeights(weightsUrl, loading);
    if (!weights) return null;
    const ear = new VadWorker(events);
    ear.#post({ kind: "start", weights }, [weights]);
    return ear;
  }

  /** Port whose other end goes to the capture worklet. */
  microphone(): MessagePort {
    return this.#port("microphone");
  }

  /** Port whose other end goes to the playback worklet. */
  loudspeaker(): MessagePort {
    return this.#port("loudspeaker");
  }

  set sensitivity(value: Sensitivity) {
    this.#post({ kind: "sensitivity", value });
  }

  close(): void {
    this.#worker.terminate();
  }

  #port(kind: "microphone" | "loudspeaker"): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#post({ kind, port: port1 }, [port1]);
    return port2;
  }

  #post(message: ToVad, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

/**
 * Starts the worker through a blob URL. A page may not start a worker from another origin, which this code's is when it was
 * loaded by a script tag, but it may start its own worker that imports it. A page with a Content-Security-Policy needs
 * `worker-src blob:` for this and, for Firefox, this code's origin as well.
 */
function startWorker(url: string): Worker {
  const { href, origin } = new URL(url, window.location.href);
  if (origin === window.location.origin) return new Worker(href, { type: "module" });
  const own = new Blob([`import ${JSON.stringify(href)};`], { type: "text/javascript" });
  // Not revoked: browsers differ in when they read the URL, and the blob is one line.
  return new Worker(URL.createObjectURL(own), { type: "module" });
}
