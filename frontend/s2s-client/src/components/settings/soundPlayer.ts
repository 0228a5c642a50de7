/** One sound on the chosen loudspeaker, beside those of a call. */

export interface OutputDevice {
  /** The browser's id; empty: the system's choice. */
  readonly loudspeaker: string;
  /** 0 to 1. */
  readonly volume: number;
}

export interface PlayingSound {
  /** Spectrum of what sounds now, 0 to 255. */
  readonly read: (out: Uint8Array<ArrayBuffer>) => void;
  /** 0 to 1: how much of it has sounded. */
  readonly progress: () => number;
  /** Settles when playback has ended or was stopped. */
  readonly over: Promise<void>;
  readonly stop: () => void;
}

type SinkContext = AudioContext & { setSinkId?(id: string): Promise<void> };

/** Call it in a click: browsers let only a gesture start sound. Rejects where the loudspeaker is gone. */
export async function playSound(make: (context: AudioContext) => Promise<AudioBuffer>, { loudspeaker, volume }: OutputDevice): Promise<PlayingSound> {
  const context: SinkContext = new AudioContext();
  try {
    if (loudspeaker && context.setSinkId) await context.setSinkId(loudspeaker);
    const source = new AudioBufferSourceNode(context, { buffer: await make(context) });
    const analyser = new AnalyserNode(context, { fftSize: 512, minDecibels: -85, maxDecibels: -20 });
    source.connect(new GainNode(context, { gain: volume })).connect(analyser).connect(context.destination);
    const lengthS = source.buffer?.duration ?? 0;
    const startedAt = context.currentTime;
    const over = new Promise<void>((resolve) => {
      source.onended = () => {
        resolve();
        void context.close();
      };
    });
    source.start();
    return {
      read: (out) => {
        analyser.getByteFrequencyData(out);
      },
      progress: () => (lengthS ? Math.min(1, (context.currentTime - startedAt) / lengthS) : 1),
      over,
      stop: () => {
        source.stop();
      },
    };
  } catch (fault) {
    void context.close();
    throw fault;
  }
}

const NOTES_HZ = [440, 554.37, 659.26, 880];
const NOTE_S = 0.35;
/** Of full scale: loud enough to be heard, soft enough for the ear that was not warned. */
const LOUDNESS = 0.25;

/** Four notes, left and right in turn: both sides of a headset are heard. */
export function playTestTone(context: AudioContext): Promise<AudioBuffer> {
  const { sampleRate } = context;
  const note = Math.round(NOTE_S * sampleRate);
  const buffer = new AudioBuffer({ numberOfChannels: 2, length: NOTES_HZ.length * note, sampleRate });
  NOTES_HZ.forEach((hz, at) => {
    const samples = buffer.getChannelData(at % 2);
    for (let i = 0; i < note; i++) {
      // A sine that swells and fades does not click.
      samples[at * note + i] = LOUDNESS * Math.sin((Math.PI * i) / note) * Math.sin((2 * Math.PI * hz * i) / sampleRate);
    }
  });
  return Promise.resolve(buffer);
}
