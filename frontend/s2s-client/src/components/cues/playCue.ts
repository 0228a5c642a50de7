/** The sounds and touches of the cues. Fetched with the first one. */
import type { Cue, CueWays } from "../../state/cues";
import { type OutputDevice, playSound } from "../settings/soundPlayer";

interface Shape {
  readonly notesHz: readonly number[];
  /** Milliseconds of vibration and pause, in turn. */
  readonly touchMs: number[];
}

/** Up begins, down ends; one note asks, two equal ones stop. */
const SHAPES: Readonly<Record<Cue, Shape>> = {
  connected: { notesHz: [523.25, 783.99], touchMs: [30] },
  listening: { notesHz: [659.26], touchMs: [15] },
  interrupted: { notesHz: [392, 392], touchMs: [20, 60, 20] },
  ended: { notesHz: [783.99, 523.25], touchMs: [60] },
};

const NOTE_S = 0.11;
/** Of full scale: softer than the voice, so that it does not startle, and is not taken for speech. */
const LOUDNESS = 0.1;

/** Never throws: a cue that cannot be given is none the conversation needs. */
export async function playCue(cue: Cue, ways: CueWays, place: OutputDevice): Promise<void> {
  const { notesHz, touchMs } = SHAPES[cue];
  // iOS has none.
  if (ways.touch && "vibrate" in navigator) navigator.vibrate(touchMs);
  // Before the first touch a browser would hold the sound back, and let it out much later.
  const untouched = "userActivation" in navigator && !navigator.userActivation.hasBeenActive;
  if (!ways.sound || untouched) return;
  try {
    await (await playSound((context) => Promise.resolve(notes(context, notesHz)), place)).over;
  } catch (fault) {
    console.info("S2S: a cue did not sound.", fault);
  }
}

function notes({ sampleRate }: AudioContext, notesHz: readonly number[]): AudioBuffer {
  const note = Math.round(NOTE_S * sampleRate);
  const buffer = new AudioBuffer({ numberOfChannels: 1, length: notesHz.length * note, sampleRate });
  const samples = buffer.getChannelData(0);
  notesHz.forEach((hz, at) => {
    for (let i = 0; i < note; i++) {
      // A sine that swells and fades does not click.
      samples[at * note + i] = LOUDNESS * Math.sin((Math.PI * i) / note) * Math.sin((2 * Math.PI * hz * i) / sampleRate);
    }
  });
  return buffer;
}
