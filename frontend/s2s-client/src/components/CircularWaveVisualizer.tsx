import { useEffect, useRef } from "react";
import type { Form } from "../state/sessionState";
import { OffscreenWave } from "./visualizer/offscreenWave";
import { WaveLoop, type WaveSpectra } from "./visualizer/waveLoop";

interface Props {
  readonly form: Form;
  /** Getters, called up to sixty times a second: spectra never pass through React. */
  readonly readMicrophone: WaveSpectra["microphone"];
  readonly readVoice: WaveSpectra["voice"];
}

/** A canvas and its drawing loop. Hidden from screen readers: the text beside it says the same. */
export function CircularWaveVisualizer({ form, readMicrophone, readVoice }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const loop = useRef<WaveLoop>(null);

  useEffect(() => {
    if (!canvas.current) return;
    const made = new WaveLoop(canvas.current, { microphone: readMicrophone, voice: readVoice }, (place) => OffscreenWave.open(place));
    loop.current = made;
    return () => {
      made.close();
    };
  }, [readMicrophone, readVoice]);

  useEffect(() => {
    loop.current?.show(form);
  }, [form, readMicrophone, readVoice]);

  return (
    <div className="wave-place">
      <canvas ref={canvas} className="wave" data-form={form} aria-hidden="true" />
    </div>
  );
}
