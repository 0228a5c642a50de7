/**
 * The call screen in every state, without a call: the page's own components over the page's own store, with spectra
 * that never change. Served by the development server only; the built page does not contain it.
 */
import { createRoot } from "react-dom/client";
import { App } from "../../src/App";
import { CallArchive } from "../../src/features/recording/callArchive";
import { GeminiSession } from "../../src/app/geminiSession";
import { Choices } from "../../src/app/choices";
import { SignIn } from "../../src/app/signIn";
import { SessionStore, type SessionEvent } from "../../src/state/sessionState";
import { STATES, type StateName } from "./states";
import "../../src/theme.css";

declare global {
  interface Window {
    gallery: { readonly names: readonly StateName[]; show(name: StateName): Promise<void> };
  }
}

/** A vowel-like spectrum: two hills that fall towards the high tones. */
function spectrum(out: Uint8Array, firstHill: number, secondHill: number): void {
  for (let bin = 0; bin < out.length; bin++) {
    const hill = (at: number, width: number) => Math.exp(-(((bin - at) / width) ** 2));
    const teeth = 0.75 + 0.25 * Math.cos(bin * 1.7);
    out[bin] = 235 * teeth * Math.min(1, hill(firstHill, 14) + 0.8 * hill(secondHill, 22) + 0.15);
  }
}

const element = document.getElementById("root");
if (!element) throw new Error("index.html has no #root");
const root = createRoot(element);
// A picture of two runs must be the same picture: clocks stand still, and the letters are those of every test machine.
const now = Date.now();
Date.now = () => now;
document.documentElement.style.fontFamily = '"DejaVu Sans", sans-serif';

let shown = 0;

window.gallery = {
  names: Object.keys(STATES) as StateName[],
  async show(name) {
    const store = new SessionStore();
    const session = new GeminiSession({ apiUrl: "", reconnectLimitMs: 0 });
    const calls = new CallArchive(store, session.settings);
    const events: readonly SessionEvent[] = STATES[name];
    if (events.length > 0) calls.startRecording(now);
    events.forEach((event) => {
      store.dispatch(event);
    });
    if (name === "sharing") Object.assign(session.imageSharing, { getStream: (stream => () => stream)(camera()) });
    root.render(<App key={shown++} session={Object.assign(session, { ...staged(store, name), calls })} />);
    if (name === "ended") await keptBy(calls);
    if (name === "sharing") await isFilmed();
    // Two frames: one in which it is drawn, one in which it is seen.
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  },
};

const UPSTREAM = { backend: "emulator", model: "gemini-3.8-live", on_this_machine: true } as const;

/** What a camera sees that stands still. */
function camera(): MediaStream {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [1280, 720];
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("the browser does not draw");
  const sky = pen.createLinearGradient(0, 0, 0, 720);
  sky.addColorStop(0, "#9cc9e8");
  sky.addColorStop(1, "#f3e7cf");
  pen.fillStyle = sky;
  pen.fillRect(0, 0, 1280, 720);
  pen.fillStyle = "#2f6f4f";
  pen.fillRect(0, 500, 1280, 220);
  return canvas.captureStream(0);
}

/** The view of the camera is fetched when it is used. */
async function isFilmed(): Promise<void> {
  while ((document.querySelector("video")?.readyState ?? 0) < HTMLMediaElement.HAVE_CURRENT_DATA) await new Promise(requestAnimationFrame);
}

/** The call is written to this device after its end, and the page says so. */
function keptBy(calls: CallArchive): Promise<void> {
  return new Promise((settle) => {
    const look = () => {
      if (calls.getSnapshot().onDevice !== "no") settle();
    };
    calls.subscribe(look);
    look();
  });
}

function staged({ subscribe, getSnapshot }: SessionStore, name: StateName) {
  const choices = new Choices(() => Promise.resolve({ upstream: UPSTREAM, voices: ["Kore"], one_voice: true, tools: [] }));
  return {
    subscribe,
    getSnapshot,
    resume: () => Promise.resolve(false),
    choices,
    signIn: new SignIn(choices.load, null, null),
    playbackPosition: () => (name === "speaking" ? { turn: 2, ms: 3_400 } : null),
    readMicrophone: (out: Uint8Array<ArrayBuffer>) => { spectrum(out, 9, 40); },
    readVoice: (out: Uint8Array<ArrayBuffer>) => { spectrum(out, 14, 58); },
  };
}
