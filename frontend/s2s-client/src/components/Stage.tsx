import { lazy, memo, Suspense, useSyncExternalStore } from "react";
import type { Conversation } from "../app/geminiSession";
import type { SignInState } from "../app/signIn";
import { type Form, isOver, linesOf, type SessionState } from "../state/sessionState";
import type { Settings } from "../state/settings";
import { CircularWaveVisualizer } from "./CircularWaveVisualizer";
import { CallControls } from "./controls/CallControls";
import { ConnectionStatus } from "./controls/ConnectionStatus";
import { InsightBar } from "./controls/InsightBar";
import { LimitNotice } from "./controls/LimitNotice";
import { OutageNotice } from "./controls/OutageNotice";
import { ReportButton } from "./controls/ReportButton";
import { signInText } from "./controls/signInText";
import { Suggestions } from "./controls/Suggestions";
import { useMicrophoneOutlook } from "./controls/useMicrophoneOutlook";
import { KeepSoundSwitch } from "./primitives/KeepSoundSwitch";
import { TOUCH, useMedia } from "./primitives/useMedia";
import { useSettings } from "./primitives/useSettings";
import { VolumeSlider } from "./primitives/VolumeSlider";
import { statusText } from "./statusText";
import { isTranscriptOnly } from "./transcript/transcriptOnly";
import { Starters, StartOptions, WhoAnswers } from "./welcome/Welcome";

const SharedView = lazy(() => import("../features/sharing/SharedView"));

interface StageProps {
  readonly state: SessionState;
  readonly session: Conversation;
  readonly form: Form;
}

interface DockProps extends StageProps {
  readonly onKeys: () => void;
}

const isSameScreen = (before: StageProps, now: StageProps): boolean =>
  before.session === now.session && before.form === now.form && isTranscriptOnly(before.state, now.state);

/** What one looks at. Left alone while only words come: they are in the transcript. */
export const Stage = memo(Conversing, isSameScreen);

function Conversing({ state, session, form }: StageProps) {
  const { settings, change } = useSettings(session.settings);
  const signIn = useSyncExternalStore(session.signIn.subscribe, session.signIn.getSnapshot);
  return (
    <section className="stage" aria-label="Conversation">
      <CircularWaveVisualizer form={form} readMicrophone={session.readMicrophone} readVoice={session.readVoice} />
      {state.status === "live" && state.watched && (
        <Suspense>
          <SharedView sharing={session.imageSharing} source={state.watched} />
        </Suspense>
      )}
      <Status state={state} session={session} settings={settings} signIn={isOver(state) ? signIn : null} />
      <OutageNotice
        outage={state.status === "live" ? state.outage : null}
        speaks={state.status === "live" && state.microphone && !state.muted}
        onTryNow={session.tryNow}
      />
      <LimitNotice warning={state.status === "live" ? state.warning : null} onStay={session.stay} onIgnore={session.ignoreWarning} />
      {state.status === "live" && (
        <Suggestions state={state} onSpeakerMode={() => { change({ speakerMode: true }); }} onIgnore={session.ignoreEcho} onUnmute={() => { session.setMuted(false); }} />
      )}
    </section>
  );
}

/** What one presses: on a phone a bar at the thumb. */
export const Dock = memo(Pressing, isSameScreen);

function Pressing({ state, session, onKeys }: DockProps) {
  const { settings, change } = useSettings(session.settings);
  const signIn = useSyncExternalStore(session.signIn.subscribe, session.signIn.getSnapshot);
  const outlook = useMicrophoneOutlook();
  const first = state.status === "idle" && signIn.asks === "nothing";
  const unsaid = isOver(state) && signIn.asks === "nothing" && linesOf(state).length === 0;
  return (
    <>
      <div className="dock">
        {first && <Starters session={session} outlook={outlook} />}
        <CallControls state={state} session={session} signIn={signIn} outlook={outlook} />
        {first && <StartOptions session={session} />}
        {unsaid && <KeepSoundSwitch store={session.settings} />}
        {state.status === "live" && <VolumeSlider volume={settings.volume} onChange={(volume) => { change({ volume }); }} />}
      </div>
      <div className="aside">
        <InsightBar state={state} session={session} onKeys={onKeys}>
          <ReportButton state={state} session={session} />
        </InsightBar>
        {state.status === "live" && <ConnectionStatus state={state} />}
      </div>
    </>
  );
}

interface StatusProps {
  readonly state: SessionState;
  readonly session: Conversation;
  readonly settings: Settings;
  readonly signIn: SignInState | null;
}

function Status({ state, session, settings, signIn }: StatusProps) {
  const outlook = useMicrophoneOutlook();
  const touch = useMedia(TOUCH);
  const usual = statusText(state, { outlook, speakerMode: settings.speakerMode, touch });
  const { headline, help, details } = signIn && signIn.asks !== "nothing" ? signInText(signIn) : usual;
  return (
    <div className="status" role={state.status === "failed" ? "alert" : "status"}>
      <p className="headline">{headline}</p>
      {state.status === "idle" && <WhoAnswers session={session} />}
      <p className="help">{help}</p>
      {details && (
        <details className="details">
          <summary>Details</summary>
          <p>{details}</p>
        </details>
      )}
    </div>
  );
}
