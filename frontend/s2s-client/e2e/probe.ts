/** Runs in the page before its own scripts: the person's mouth and ear. Must not use anything from outside itself. */

export interface Probe {
  speak(wavBase64: string): Promise<void>;
  /** Whether the loudspeaker sounds now. */
  sounding(): boolean;
  silentForMs(): number;
  heardFrames(): number;
  forget(): void;
  /** PCM16LE at 24 kHz, base64. */
  recording(): string;
  /** The loudspeaker context's own clock, in frames. */
  frameNow(): number;
  /** Frame of the last sample that was not silent. */
  lastSoundFrame(): number;
  liveTracks(): number;
  openContexts(): number;
  openPeers(): number;
  /** When the page's ear told the voice to be quieter, by `performance.now()`. */
  ducks(): number[];
  /** The microphone in use is pulled out. */
  unplug(): void;
  /** Tears what carries the call: every peer connection and WebSocket to the gateway. */
  cut(): void;
}

/** The worklet that listens in. A page whose policy takes no blobs gets it as a file, by `window.probeTap`. */
export const TAP = `registerProcessor("tap", class extends AudioWorkletProcessor {
  process([input]) {
    const pcm = input[0];
    if (pcm && pcm.some((sample) => sample !== 0)) this.port.postMessage({ frame: currentFrame, pcm: pcm.slice() });
    return true;
  }
});`;

export function installProbe(tapSource: string): void {
  const NativeContext = window.AudioContext;
  const NativePeer = window.RTCPeerConnection;
  const contexts: AudioContext[] = [];
  const NativeSocket = window.WebSocket;
  const sockets: WebSocket[] = [];
  const peers: RTCPeerConnection[] = [];
  const tracks: MediaStreamTrack[] = [];
  let chunks: { frame: number; pcm: Float32Array }[] = [];
  let speaker: AudioContext | null = null;

  window.AudioContext = class extends NativeContext {
    constructor(options?: AudioContextOptions) {
      super(options);
      contexts.push(this);
    }
  };
  window.RTCPeerConnection = class extends NativePeer {
    constructor(options?: RTCConfiguration) {
      super(options);
      peers.push(this);
    }
  };

  window.WebSocket = class extends NativeSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      // Vite has one of its own.
      if (String(url).includes("/api/session/")) sockets.push(this);
    }
  };

  const ducks: number[] = [];
  window.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      this.addEventListener("message", ({ data }: MessageEvent<{ kind?: string; on?: boolean }>) => {
        if (data.kind === "ducked" && data.on) ducks.push(performance.now());
      });
    }
  };

  // The mouth.
  let mouth: AudioContext | null = null;
  const microphones: MediaStreamAudioDestinationNode[] = [];
  const film = (): Promise<MediaStream> => {
    const canvas = document.createElement("canvas");
    canvas.width = 1280;
    canvas.height = 720;
    const pen = canvas.getContext("2d");
    let shade = 0;
    const paint = (): void => {
      if (pen) pen.fillStyle = `hsl(${(shade += 40)} 70% 50%)`;
      pen?.fillRect(0, 0, 1280, 720);
    };
    paint();
    setInterval(paint, 200);
    const stream = canvas.captureStream(5);
    tracks.push(...stream.getTracks());
    return Promise.resolve(stream);
  };
  navigator.mediaDevices.getDisplayMedia = film;
  navigator.mediaDevices.getUserMedia = (wanted) => {
    if (wanted?.video) return film();
    mouth ??= new NativeContext({ sampleRate: 48_000 });
    const microphone = mouth.createMediaStreamDestination();
    microphones.push(microphone);
    tracks.push(...microphone.stream.getTracks());
    return Promise.resolve(microphone.stream);
  };

  // The ear.
  const listenTo = async (node: AudioNode, context: AudioContext) => {
    const url = window.probeTap ?? URL.createObjectURL(new Blob([tapSource], { type: "text/javascript" }));
    await context.audioWorklet.addModule(url);
    const tap = new AudioWorkletNode(context, "tap");
    tap.port.onmessage = (event: MessageEvent<{ frame: number; pcm: Float32Array }>) => chunks.push(event.data);
    connect.call(node, tap);
    connect.call(tap, new GainNode(context, { gain: 0 })).connect(context.destination);
  };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its node below
  const connect = AudioNode.prototype.connect as (this: AudioNode, to: AudioNode, ...rest: number[]) => AudioNode;
  AudioNode.prototype.connect = function (this: AudioNode, to: AudioNode, ...rest: number[]) {
    if (to instanceof AudioDestinationNode && to.context.sampleRate === 24_000 && to.context !== speaker) {
      const opened = (speaker = to.context as AudioContext);
      listenTo(this, opened).catch((fault: unknown) => {
        if (opened.state !== "closed") throw fault;
      });
    }
    return connect.call(this, to, ...rest);
  } as typeof AudioNode.prototype.connect;

  const lastSoundFrame = () => {
    const last = chunks.at(-1);
    return last ? last.frame + 1 + last.pcm.findLastIndex((sample) => sample !== 0) : 0;
  };
  const frameNow = () => (speaker ? Math.round(speaker.currentTime * 24_000) : 0);

  window.probe = {
    async speak(wavBase64) {
      const target = microphones.at(-1);
      if (!mouth || !target) throw new Error("the page has not opened the microphone");
      const bytes = Uint8Array.from(atob(wavBase64), (char) => char.charCodeAt(0));
      const source = new AudioBufferSourceNode(mouth, { buffer: await mouth.decodeAudioData(bytes.buffer) });
      source.connect(target);
      await new Promise((resolve) => {
        source.onended = resolve;
        source.start();
      });
    },
    sounding: () => chunks.length > 0 && frameNow() - lastSoundFrame() < 2_400,
    silentForMs: () => (frameNow() - lastSoundFrame()) / 24,
    heardFrames: () => chunks.length,
    forget: () => {
      chunks = [];
    },
    recording() {
      const first = chunks[0]?.frame ?? 0;
      const pcm = new Int16Array(Math.max(0, lastSoundFrame() - first + 128));
      for (const chunk of chunks) {
        chunk.pcm.forEach((sample, at) => {
          pcm[chunk.frame - first + at] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
        });
      }
      let text = "";
      for (const byte of new Uint8Array(pcm.buffer)) text += String.fromCharCode(byte);
      return btoa(text);
    },
    frameNow,
    lastSoundFrame,
    liveTracks: () => tracks.filter((track) => track.readyState === "live").length,
    openContexts: () => contexts.filter((context) => context.state !== "closed").length,
    cut: () => {
      [...peers, ...sockets].forEach((one) => {
        one.close();
      });
    },
    ducks: () => ducks,
    unplug: () => {
      const track = tracks.findLast((one) => one.readyState === "live");
      track?.stop();
      track?.dispatchEvent(new Event("ended"));
    },
    openPeers: () => peers.filter((peer) => peer.connectionState !== "closed").length,
  };
}
