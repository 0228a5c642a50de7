import { lazy, memo, Suspense, useEffect, useLayoutEffect, useState, useSyncExternalStore } from "react";
import { CallControls } from "./components/controls/CallControls";
import { KeepSoundSwitch } from "./components/primitives/KeepSoundSwitch";
import { CircularWaveVisualizer } from "./components/CircularWaveVisualizer";
import { ConnectionStatus } from "./components/controls/ConnectionStatus";
import { LimitNotice } from "./components/controls/LimitNotice";
import { OutageNotice } from "./components/controls/OutageNotice";
import { ModelBadge } from "./components/controls/ModelBadge";
import { Suggestions } from "./components/controls/Suggestions";
import { isTranscriptOnly } from "./components/transcript/transcriptOnly";
import type { Command } from "./components/controls/shortcuts";
import { ReportButton } from "./components/controls/ReportButton";
import { TranscriptPane } from "./components/transcript/TranscriptPane";
import { Toolbar } from "./components/controls/Toolbar";
import { useShortcuts } from "./components/controls/useShortcuts";
import { useMicrophonePermission } from "./components/controls/useMicrophonePermission";
import { useSettings } from "./components/primitives/useSettings";
import { VolumeSlider } from "./components/primitives/VolumeSlider";
import { applyTheme } from "./shared/theme";
import { signInText } from "./components/controls/signInText";
import { statusText } from "./components/statusText";
import { useGeminiSession } from "./hooks/useGeminiSession";
import { InsightBar } from "./components/controls/InsightBar";
import type { Conversation } from "./app/geminiSession";
import type { SignInState } from "./app/signIn";
import type { Settings } from "./state/settings";
import type { CallDialog } from "./features/recording/timeline/CallDialogs";
import { canInterrupt, type Form, formOf, isOver, linesOf, type SessionState } from "./state/sessionState";

const CallDialogs = lazy(() => import("./features/recording/timeline/CallDialogs"));
const SettingsPanel = lazy(() => import("./components/settings/SettingsPanel"));
const ShortcutsDialog = lazy(() => import("./components/controls/ShortcutsDialog"));

interface Props {
  /** Another conversation than the page's own, for tests and for pages that embed this one. */
  readonly session?: Conversation;
}

export function App({ session: given }: Props) {
  const { state, session } = useGeminiSession(given);
  const { settings } = useSettings(session.settings);
  useLayoutEffect(() => { applyTheme(settings.theme); }, [settings.theme]);
  const [open, setOpen] = useState<"settings" | "keys" | CallDialog | null>(null);
  const running = useRunning(state, settings);
  const form = formOf(state);
  const lines = linesOf(state);
  const talking = state.status === "live" || lines.length > 0;
  useEffect(() => {
    void session.resume();
    void session.signIn.check();
  }, [session]);
  const [said, say] = useState("");
  const command = useCommands(state, session, setOpen, say);
  useShortcuts({
    letters: settings.shortcuts,
    space: state.status === "live" && state.pushToTalk,
    onCommand: command,
    onTalk: session.talk,
  });
  const close = () => { setOpen(null); };
  return (
    <div className="app" data-talking={talking} data-form={form} data-captions={settings.captions} data-size={settings.captionSize}>
      <header className="head">
        <h1>
          S2S <span>Speak with the AI</span>
        </h1>
        {"model" in state && state.model && <ModelBadge model={state.model} />}
        <Toolbar
          captions={settings.captions}
          onCaptions={() => { command("captions"); }}
          onPastCalls={() => { setOpen("past-calls"); }}
          onSettings={() => { setOpen("settings"); }}
        />
      </header>
      <main className="screen">
        <Stage state={state} session={session} form={form} onKeys={() => { setOpen("keys"); }} />
        {talking && (
          <TranscriptPane
            state={state}
            session={session}
            captions={settings.captions}
            onDownload={() => { setOpen("download"); }}
            onTimeline={() => { setOpen("time-line"); }}
          />
        )}
      </main>
      {/* What a key has done, for those who do not see it. */}
      <p className="visually-hidden" aria-live="polite">
        {said}
      </p>
      <Suspense>
        {open === "settings" && <SettingsPanel session={session} running={running} onClose={close} />}
        {isCallDialog(open) && <CallDialogs room={open} calls={session.calls} settings={session.settings} onClose={close} />}
        {open === "keys" && <ShortcutsDialog enabled={settings.shortcuts} onClose={close} />}
      </Suspense>
    </div>
  );
}

const isCallDialog = (open: string | null): open is CallDialog => open === "past-calls" || open === "download" || open === "time-line";

interface StageProps {
  readonly state: SessionState;
  readonly session: Conversation;
  readonly form: Form;
  readonly onKeys: () => void;
}

/** Left alone while only words come: they are in the transcript. */
const Stage = memo(
  Conversing,
  (before, now) => before.session === now.session && before.form === now.form && isTranscriptOnly(before.state, now.state),
);

function Conversing({ state, session, form, onKeys }: StageProps) {
  const { settings, change } = useSettings(session.settings);
  const signIn = useSyncExternalStore(session.signIn.subscribe, session.signIn.getSnapshot);
  const over = isOver(state);
  return (
    <section className="stage" aria-label="Conversation">
      <CircularWaveVisualizer form={form} readMicrophone={session.readMicrophone} readVoice={session.readVoice} />
      <Status state={state} settings={settings} signIn={over ? signIn : null} />
      <OutageNotice
        outage={state.status === "live" ? state.outage : null}
        speaks={state.status === "live" && !state.muted}
        onTryNow={session.tryNow}
      />
      <LimitNotice warning={state.status === "live" ? state.warning : null} onStay={session.stay} onIgnore={session.ignoreWarning} />
      <CallControls state={state} session={session} signIn={signIn} />
      {over && signIn.asks === "nothing" && linesOf(state).length === 0 && <KeepSoundSwitch store={session.settings} />}
      {state.status === "live" && <VolumeSlider volume={settings.volume} onChange={(volume) => { change({ volume }); }} />}
      {state.status === "live" && (
        <Suggestions state={state} onSpeakerMode={() => { change({ speakerMode: true }); }} onIgnore={session.ignoreEcho} onUnmute={() => { session.setMuted(false); }} />
      )}
      <InsightBar state={state} session={session} onKeys={onKeys}>
        <ReportButton state={state} session={session} />
      </InsightBar>
      {state.status === "live" && <ConnectionStatus state={state} />}
    </section>
  );
}

const VOLUME_STEP = 0.1;

/** What the keys and the toolbar do. */
function useCommands(
  state: SessionState,
  session: Conversation,
  open: (what: "settings" | "keys") => void,
  say: (words: string) => void,
) {
  const { getSnapshot, change } = session.settings;
  const louder = (by: number) => {
    const volume = Math.round(100 * Math.min(1, Math.max(0, getSnapshot().volume + by))) / 100;
    change({ volume });
    say(`Volume ${Math.round(100 * volume)} percent`);
  };
  const does: Record<Command, () => void> = {
    mute: () => {
      if (state.status === "live") session.setMuted(!state.muted);
    },
    interrupt: () => {
      if (state.status === "live" && canInterrupt(state)) session.interrupt();
    },
    captions: () => {
      const captions = !getSnapshot().captions;
      change({ captions });
      say(captions ? "Captions on" : "Captions off");
    },
    settings: () => { open("settings"); },
    help: () => { open("keys"); },
    louder: () => { louder(VOLUME_STEP); },
    quieter: () => { louder(-VOLUME_STEP); },
  };
  return (command: Command) => {
    does[command]();
  };
}

/** The settings with which the running conversation began; null without one. */
function useRunning(state: SessionState, settings: Settings): Settings | null {
  const over = isOver(state);
  const [running, setRunning] = useState<Settings | null>(null);
  if (over && running) setRunning(null);
  if (!over && !running) setRunning(settings);
  return over ? null : running;
}

function Status({ state, settings, signIn }: { readonly state: SessionState; readonly settings: Settings; readonly signIn: SignInState | null }) {
  const permission = useMicrophonePermission();
  const usual = statusText(state, { permission, speakerMode: settings.speakerMode });
  const { headline, help, details } = signIn && signIn.asks !== "nothing" ? signInText(signIn) : usual;
  return (
    <div className="status" role={state.status === "failed" ? "alert" : "status"}>
      <p className="headline">{headline}</p>
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
