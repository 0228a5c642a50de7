/** Voice activity detection in a worker: both worklets send it audio, and it ducks the playback worklet directly. */
import type { FromVad, PlayedAudio, ToVad, ToPlayback } from "../workletProtocol";
import { VadPipeline } from "./vadPipeline";

const page = self as unknown as { onmessage: unknown; postMessage(message: FromVad): void };

let thread: VadPipeline | null = null;
let loudspeaker: MessagePort | null = null;

function start(weights: ArrayBuffer): VadPipeline {
  return new VadPipeline(weights, {
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

page.onmessage = ({ data: message }: MessageEvent<ToVad>) => {
  switch (message.kind) {
    case "start":
      thread = start(message.weights);
      break;
    case "sensitivity":
      if (thread) thread.detector.sensitivity = message.value;
      break;
    case "microphone":
      message.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
        thread?.processMicrophone(data);
      };
      break;
    case "loudspeaker":
      loudspeaker = message.port;
      message.port.onmessage = ({ data }: MessageEvent<PlayedAudio>) => {
        thread?.processPlayed(data.pcm, data.speaking);
      };
  }
};
