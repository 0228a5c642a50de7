import { Keyboard, Mic, PhoneOff, Square } from "lucide-react";
import { lazy, Suspense, useEffect, useRef } from "react";
import type { Conversation } from "../../app/geminiSession";
import type { SignInState } from "../../app/signIn";
import type { MicrophoneOutlook } from "../../services/media/devices";
import { historyForResume } from "../../state/historyForResume";
import { canInterrupt, isOver, linesOf, type Live, type SessionState } from "../../state/sessionState";
import { Countdown } from "../primitives/Countdown";
import { MicrophoneButton } from "./MicrophoneButton";
import { TalkButton } from "./TalkButton";

interface Props {
  readonly state: SessionState;
  readonly session: Pick<
    Conversation,
    "start" | "goOn" | "cancelRetry" | "interrupt" | "end" | "setMuted" | "turnOnMicrophone" | "talk" | "signIn" | "settings" | "readMicrophone"
  >;
  readonly signIn: SignInState;
  /** What a start with a microphone would meet. */
  readonly outlook: MicrophoneOutlook | null;
}

const SignIn = lazy(() => import("./SignIn"));

/** What can be pressed follows from the state. */
export function CallControls({ state, session, signIn, outlook }: Props) {
  const over = isOver(state);
  const bar = useFocusKept(over ? signIn.asks : "live");
  if (over && signIn.asks !== "nothing") {
    return (
      <div className="controls" role="group" aria-label="Sign in" tabIndex={-1} ref={bar}>
        <Suspense>
          <SignIn state={signIn} signIn={session.signIn} />
        </Suspense>
      </div>
    );
  }
  return (
    <div className="controls" role="group" aria-label="Call controls" tabIndex={-1} ref={bar} data-over={over}>
      {over ? (
        <StartControls state={state} session={session} outlook={outlook} />
      ) : (
        <>
          {state.status === "live" && <LiveControls state={state} session={session} />}
          <button type="button" className="button danger" onClick={session.end}>
            <PhoneOff aria-hidden="true" />
            <span>End Session</span>
          </button>
        </>
      )}
    </div>
  );
}

/** A conversation can go on, first of all one that the person did not end; or a new one begins. */
function StartControls({ state, session, outlook }: Omit<Props, "signIn">) {
  const canGoOn = historyForResume(linesOf(state)).length > 0;
  const endedByPerson = state.status === "ended" && state.reason === null;
  const goesOn = canGoOn && !endedByPerson;
  const retryAtMs = state.status === "failed" ? state.retryAtMs : null;
  const first = goesOn ? "Continue" : state.status === "failed" ? "Try again" : "Start Conversation";
  const deaf = state.status === "idle" && (outlook === "denied" || outlook === "missing");
  return (
    <>
      <button type="button" className={deaf ? "button" : "button primary"} onClick={() => void (goesOn ? session.goOn() : session.start())}>
        <Mic aria-hidden="true" />
        <span>{retryAtMs === null ? first : "Try now"}</span>
      </button>
      {retryAtMs !== null && (
        <button type="button" className="button" onClick={session.cancelRetry}>
          Cancel
        </button>
      )}
      {canGoOn && retryAtMs === null && (
        <button type="button" className="button" onClick={() => void (goesOn ? session.start() : session.goOn())}>
          {goesOn ? "Start over" : "Continue"}
        </button>
      )}
      {!canGoOn && mayType(state) && (
        <button type="button" className={deaf ? "button primary" : "button"} onClick={() => void session.start({ typing: true })}>
          <Keyboard aria-hidden="true" />
          <span>Type instead</span>
        </button>
      )}
      {retryAtMs !== null && (
        <p className="retry">
          Retrying in <Countdown untilMs={retryAtMs} />
        </p>
      )}
    </>
  );
}

/** Where it is the microphone that is in the way, or nothing is. */
function mayType(state: SessionState): boolean {
  return state.status !== "failed" || state.failure.code.startsWith("microphone-");
}

function LiveControls({ state, session }: { state: Live; session: Props["session"] }) {
  const stoppable = canInterrupt(state);
  return (
    <>
      {state.pushToTalk && state.microphone && <TalkButton talking={state.talking} disabled={state.muted} onTalk={session.talk} />}
      <button
        type="button"
        className="button primary"
        // Not `disabled`: a button that has just been pressed must not lose the keyboard's focus.
        aria-disabled={!stoppable}
        onClick={stoppable ? session.interrupt : undefined}
      >
        <Square aria-hidden="true" fill="currentColor" />
        <span>Interrupt AI</span>
      </button>
      <MicrophoneButton state={state} session={session} />
    </>
  );
}

/**
 * The pressed button goes away when the call begins or ends. Then the keyboard stands on the group, where Space and Enter do
 * nothing: the button that would be next ends the call. After the end, and after a sign-in, it stands on the button that begins
 * the next one.
 */
function useFocusKept(shown: SignInState["asks"] | "live") {
  const bar = useRef<HTMLDivElement>(null);
  const before = useRef(shown);
  useEffect(() => {
    const was = before.current;
    before.current = shown;
    const focused = document.activeElement;
    // A page that has just come has no focus to keep.
    const isFirst = was === "nothing" && shown !== "live";
    if (was === shown || isFirst || (focused !== document.body && focused !== bar.current)) return;
    if (shown === "live") bar.current?.focus({ preventScroll: true });
    else bar.current?.querySelector("button")?.focus();
  }, [shown]);
  return bar;
}
