import { ChevronDown, Mic, MicOff } from "lucide-react";
import { lazy, Suspense, useEffect, useRef } from "react";
import type { Conversation } from "../../app/geminiSession";
import type { Live } from "../../state/sessionState";
import { Menu } from "../primitives/Menu";
import { readLevel } from "../settings/microphoneTest";

const MicrophoneMenu = lazy(() => import("./MicrophoneMenu"));

interface Props {
  readonly state: Live;
  readonly session: Pick<Conversation, "setMuted" | "turnOnMicrophone" | "settings" | "readMicrophone">;
}

/** The microphone of a call: on and off, its level, and which one it is; or, where there is none yet, how to get one. */
export function MicrophoneButton({ state, session }: Props) {
  if (!state.microphone) {
    return (
      <button type="button" className="button" onClick={() => void session.turnOnMicrophone()}>
        <Mic aria-hidden="true" />
        <span>Turn on microphone</span>
      </button>
    );
  }
  const Icon = state.muted ? MicOff : Mic;
  return (
    <div className="split">
      <button type="button" className="button" aria-pressed={state.muted} onClick={() => { session.setMuted(!state.muted); }}>
        <Icon aria-hidden="true" />
        <span>{state.muted ? "Muted" : "Mute"}</span>
        {!state.muted && <Level read={session.readMicrophone} />}
      </button>
      <Menu label="Microphone" className="icon" title="Choose the microphone" face={<><ChevronDown aria-hidden="true" /><span className="visually-hidden">Microphone</span></>}>
        <Suspense>
          <MicrophoneMenu session={session} inCall />
        </Suspense>
      </Menu>
    </div>
  );
}

/** Ten times a second, past React. */
const PERIOD_MS = 100;

/** How loud it is, for the eye: a thin bar. Screen readers have the meter in the menu. */
function Level({ read }: { readonly read: Conversation["readMicrophone"] }) {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) bar.current?.style.setProperty("--level", readLevel(read).toFixed(2));
    }, PERIOD_MS);
    return () => {
      clearInterval(timer);
    };
  }, [read]);
  return <span className="mic-level" aria-hidden="true" ref={bar} />;
}
