/**
 * The circular visualiser as a pure function of spectra, form and time. Every state has its own form, also without
 * colour: the person's voice is a ring of rays, the AI's a soft body, waiting turns, and what stands still is a sign.
 */
import type { Form } from "../../state/sessionState";
import { body, loudness, rays, smoothed } from "./waveShapes";
import { dot, hungUpSign, line, microphoneSign, networkSign, type Pen, polygon, ring, TAU, UP, type WaveFrame } from "./canvasStrokes";

/** A spectrum that never sounds: the visualiser at rest, and where nothing may move. */
export const RESTING = Uint8Array.from({ length: 256 }, (_, bin) => {
  const place = (bin / 128) ** (2 / 3) * Math.PI;
  return 116 + 70 * Math.cos(2 * place) * Math.cos(5 * place) + 45 * Math.cos(9 * place);
});

/** The hills of a body that says nothing: one slow swell around it. */
const ASLEEP = Float32Array.from({ length: 25 }, (_, hill) => 0.5 + 0.5 * Math.cos((hill / 24) * Math.PI));

/** The circle on which most forms stand. */
const RADIUS = 0.34;

export function drawWave(pen: Pen, frame: WaveFrame): void {
  pen.clearRect(0, 0, frame.size, frame.size);
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.globalAlpha = 1;
  pen.setLineDash([]);
  FORMS[frame.form](pen, frame);
  pen.globalAlpha = 1;
}

type Draw = (pen: Pen, frame: WaveFrame) => void;

const FORMS: Readonly<Record<Form, Draw>> = {
  idle: (pen, frame) => {
    // The body that will speak, asleep.
    body(pen, frame, ASLEEP, { radius: 0.33, reach: 0.07, alpha: 0.14, turn: 0 });
    body(pen, frame, ASLEEP, { radius: 0.27, reach: 0.06, alpha: 0.3, turn: 0.11 });
    body(pen, frame, ASLEEP, { radius: 0.21, reach: 0.05, alpha: 1, turn: 0.22 });
  },
  asking: (pen, frame) => {
    const { person, quiet } = frame.colors;
    ring(pen, frame, { color: quiet, width: 0.008, radius: RADIUS + 0.05 + 0.03 * Math.sin(frame.seconds * 3) });
    ring(pen, frame, { color: person, width: 0.014, radius: 0.27 });
    microphoneSign(pen, frame, person);
  },
  muted: (pen, frame) => {
    const { soft, quiet, alert } = frame.colors;
    ring(pen, frame, { color: quiet, width: 0.012, radius: 0.27 });
    microphoneSign(pen, frame, soft);
    line(pen, frame, [0.36, 0.37], [0.64, 0.65], alert, 0.026);
  },
  typing: (pen, frame) => {
    const { voice, quiet } = frame.colors;
    ring(pen, frame, { color: quiet, width: 0.012, radius: 0.27 });
    for (const [y, end] of [[0.44, 0.62], [0.52, 0.62], [0.6, 0.5]] as const) line(pen, frame, [0.38, y], [end, y], voice, 0.024);
  },
  connecting: (pen, frame) => {
    const from = frame.seconds * 2.4 + UP;
    ring(pen, frame, { color: frame.colors.quiet, width: 0.012, radius: RADIUS });
    ring(pen, frame, { color: frame.colors.voice, width: 0.022, radius: RADIUS, from, to: from + TAU * 0.28 });
  },
  reconnecting: (pen, frame) => {
    const from = frame.seconds * -1.2;
    pen.setLineDash([frame.size * 0.022, frame.size * 0.042]);
    ring(pen, frame, { color: frame.colors.alert, width: 0.018, radius: RADIUS, from, to: from + TAU });
    pen.setLineDash([]);
    networkSign(pen, frame, frame.colors.alert);
  },
  listening: (pen, frame) => {
    rays(pen, frame, frame.microphone, { color: frame.colors.person, radius: 0.3, reach: 0.17 });
    dot(pen, frame, 0.055 + 0.07 * loudness(frame.microphone), frame.colors.person);
  },
  thinking: (pen, frame) => {
    const { voice, quiet } = frame.colors;
    ring(pen, frame, { color: quiet, width: 0.012, radius: RADIUS });
    for (const [at, x] of [0.375, 0.5, 0.625].entries()) {
      dot(pen, frame, 0.042 + 0.01 * Math.sin(frame.seconds * 4 - at * 0.9), voice, [x, 0.5]);
    }
  },
  tool: (pen, frame) => {
    const { voice } = frame.colors;
    polygon(pen, frame, { corners: 6, radius: RADIUS, color: voice, width: 0.022, turn: frame.seconds * 0.6 + UP });
    ring(pen, frame, { color: voice, width: 0.022, radius: 0.15 });
  },
  speaking: (pen, frame) => {
    const hills = smoothed(frame.voice);
    body(pen, frame, hills, { radius: 0.235, reach: 0.18, alpha: 0.16, turn: frame.seconds * 0.05 });
    body(pen, frame, hills, { radius: 0.2, reach: 0.15, alpha: 0.32, turn: 1 / 3 - frame.seconds * 0.04 });
    body(pen, frame, hills, { radius: 0.16, reach: 0.1, alpha: 1, turn: frame.seconds * 0.03 });
    rays(pen, frame, frame.microphone, { color: frame.colors.person, radius: 0.435, reach: 0.055 });
  },
  interrupted: (pen, frame) => {
    const { person } = frame.colors;
    for (const side of [0, Math.PI]) {
      ring(pen, frame, { color: person, width: 0.018, radius: RADIUS, from: side - 1.15, to: side + 1.15 });
    }
    polygon(pen, frame, { corners: 4, radius: 0.125, color: person, width: 0.03, turn: TAU / 8, filled: true });
  },
  ended: (pen, frame) => {
    ring(pen, frame, { color: frame.colors.quiet, width: 0.012, radius: 0.27 });
    hungUpSign(pen, frame, frame.colors.soft);
  },
  failed: (pen, frame) => {
    const { alert } = frame.colors;
    polygon(pen, frame, { corners: 3, radius: 0.36, color: alert, width: 0.026, turn: UP });
    line(pen, frame, [0.5, 0.38], [0.5, 0.51], alert, 0.034);
    dot(pen, frame, 0.021, alert, [0.5, 0.59]);
  },
};
