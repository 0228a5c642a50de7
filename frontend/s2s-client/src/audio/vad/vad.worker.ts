/** The ear in a thread of its own: both worklets talk to it, and it tells the loudspeaker itself to be quieter. */
import type { FromEar, PlayedSound, ToEar, ToPlayback } from "../workletProtocol";
import { EarThread } from "./vadPipeline";

const page = self as unknown as { onmessage: unknown; postMessage(message: FromEar): void };

let thread: EarThread | null = null;
let loudspeaker: MessagePort | null = null;

function start(weights: ArrayBuffer): EarThread {
  return new EarThread(weights, {
    onDucking: (how) => {
      const message: ToPlayback = { kind: "duck", how };
      loudspeaker?.postMessage(message);
    },
    onDucked: (on) => {
      page.postMessage({ kind: "ducked", on });
    },
    onEcho: () => {
      page.postMessage({ kind: "echo" });
    },
  });
}

page.onmessage = ({ data: message }: MessageEvent<ToEar>) => {
  switch (message.kind) {
    case "start":
      thread = start(message.weights);
      break;
    case "sensitivity":
      if (thread) thread.ear.sensitivity = message.value;
      break;
    case "microphone":
      message.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
        thread?.hear(data);
      };
      break;
    case "loudspeaker":
      loudspeaker = message.port;
      message.port.onmessage = ({ data }: MessageEvent<PlayedSound>) => {
        thread?.played(data.pcm, data.speaking);
      };
  }
};
