/** The ear's worker and its weights, loaded when a call needs them. A call without it is a call that ducks later. */
import weightsUrl from "../ear/silero-vad-16k.f16.bin?url";
import type { FromEar, ToEar } from "../audio/protocol";
import type { Sensitivity } from "../ear/ear";

export interface EarEvents {
  readonly onDucked: (on: boolean) => void;
  readonly onEcho: () => void;
}

export class EarService {
  readonly #worker = new Worker(new URL("../ear/ear.worker.ts", import.meta.url), { type: "module" });

  private constructor(events: EarEvents) {
    this.#worker.onmessage = ({ data }: MessageEvent<FromEar>) => {
      if (data.kind === "ducked") events.onDucked(data.on);
      else events.onEcho();
    };
  }

  /** Throws where the weights do not arrive. */
  static async open(events: EarEvents): Promise<EarService> {
    const answer = await fetch(weightsUrl);
    if (!answer.ok) throw new Error(`the ear's weights were answered with ${answer.status}`);
    const weights = await answer.arrayBuffer();
    const ear = new EarService(events);
    ear.#tell({ kind: "start", weights }, [weights]);
    return ear;
  }

  /** The other end goes to the capture worklet. */
  microphone(): MessagePort {
    return this.#port("microphone");
  }

  /** The other end goes to the playback worklet. */
  loudspeaker(): MessagePort {
    return this.#port("loudspeaker");
  }

  set sensitivity(value: Sensitivity) {
    this.#tell({ kind: "sensitivity", value });
  }

  close(): void {
    this.#worker.terminate();
  }

  #port(kind: "microphone" | "loudspeaker"): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#tell({ kind, port: port1 }, [port1]);
    return port2;
  }

  #tell(message: ToEar, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
