import { lazy, type ReactNode, Suspense, useEffect, useLayoutEffect, useState } from "react";
import type { Conversation } from "./app/geminiSession";
import { ModelBadge } from "./components/controls/ModelBadge";
import type { Command } from "./components/controls/shortcuts";
import { Toolbar } from "./components/controls/Toolbar";
import { useShortcuts } from "./components/controls/useShortcuts";
import { useCues } from "./components/cues/useCues";
import { useKeyboardInset } from "./components/primitives/useKeyboardInset";
import { useSettings } from "./components/primitives/useSettings";
import { Dock, Stage } from "./components/Stage";
import { TranscriptPane } from "./components/transcript/TranscriptPane";
import type { CallDialog } from "./features/recording/timeline/CallDialogs";
import { useGeminiSession } from "./hooks/useGeminiSession";
import { applyTheme } from "./shared/theme";
import { canInterrupt, formOf, isOver, isTyping, linesOf, type SessionState } from "./state/sessionState";
import type { Settings } from "./state/settings";

const CallDialogs = lazy(() => import("./features/recording/timeline/CallDialogs"));
const SettingsPanel = lazy(() => import("./components/settings/SettingsPanel"));
const ShortcutsDialog = lazy(() => import("./components/controls/ShortcutsDialog"));

type OpenDialog = "settings" | "keys" | CallDialog;

interface Props {
  /** Another conversation than the page's own, for tests and for pages that embed this one. */
  readonly session?: Conversation;
}

export function App({ session: given }: Props) {
  const { state, session } = useGeminiSession(given);
  const { settings } = useSettings(session.settings);
  useLayoutEffect(() => { applyTheme(settings.theme); }, [settings.theme]);
  const [open, setOpen] = useState<OpenDialog | null>(null);
  useCues(state, settings);
  const keyboard = useKeyboardInset();
  const form = formOf(state);
  const talking = state.status === "live" || isTyping(state) || linesOf(state).length > 0;
  useOpening(session);
  useFieldFocused(isTyping(state));
  const [said, say] = useState("");
  const command = useCommands(state, session, setOpen, say);
  useShortcuts({
    letters: settings.shortcuts,
    space: state.status === "live" && state.pushToTalk && state.microphone,
    onCommand: command,
    onTalk: session.talk,
  });
  return (
    <div
      className="app"
      data-talking={talking}
      data-form={form}
      data-captions={settings.captions}
      data-size={settings.captionSize}
      data-keyboard={keyboard}
      data-sharing={state.status === "live" && state.watched !== null}
    >
      <Head state={state} session={session}>
        <Toolbar
          captions={settings.captions}
          onCaptions={() => { command("captions"); }}
          onPastCalls={() => { setOpen("past-calls"); }}
          onSettings={() => { setOpen("settings"); }}
        />
      </Head>
      <main className="screen">
        <Stage state={state} session={session} form={form} />
        <Dock state={state} session={session} form={form} onKeys={() => { setOpen("keys"); }} />
        {talking && (
          <TranscriptPane
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
      <Dialogs open={open} state={state} session={session} onClose={() => { setOpen(null); }} />
    </div>
  );
}

function Head({ state, session, children }: { readonly state: SessionState; readonly session: Conversation; readonly children: ReactNode }) {
  return (
    <header className="head">
      <h1>
        S2S <span>Talk to AI</span>
      </h1>
      {"model" in state && state.model && <ModelBadge model={state.model} session={session} />}
      {children}
    </header>
  );
}

interface DialogsProps {
  readonly open: OpenDialog | null;
  readonly state: SessionState;
  readonly session: Conversation;
  readonly onClose: () => void;
}

function Dialogs({ open, state, session, onClose }: DialogsProps) {
  const { settings } = useSettings(session.settings);
  const running = useRunning(state, settings);
  return (
    <Suspense>
      {open === "settings" && <SettingsPanel session={session} running={running} onClose={onClose} />}
      {isCallDialog(open) && <CallDialogs room={open} calls={session.calls} settings={session.settings} onClose={onClose} />}
      {open === "keys" && <ShortcutsDialog enabled={settings.shortcuts} onClose={onClose} />}
    </Suspense>
  );
}

const isCallDialog = (open: string | null): open is CallDialog => open === "past-calls" || open === "download" || open === "time-line";

/** What a page does once, when it comes: looks for the conversation of the page before it, and who may call. */
function useOpening(session: Conversation): void {
  useEffect(() => {
    void session.resume();
    void session.signIn.check();
  }, [session]);
}

/** Who wants to type has the keyboard's focus there. */
function useFieldFocused(typing: boolean): void {
  useEffect(() => {
    if (typing) document.querySelector<HTMLElement>(".text-box textarea")?.focus();
  }, [typing]);
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
      if (state.status === "live" && state.microphone) session.setMuted(!state.muted);
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
