import { useMemo, useRef, useSyncExternalStore } from "react";
import type { Conversation } from "../../app/geminiSession";
import { isTyping, linesOf } from "../../state/sessionState";
import { conversationOf } from "../../state/transcript";
import { TextBox } from "./TextBox";
import { Transcript } from "./Transcript";
import { TranscriptToolbar } from "./TranscriptToolbar";
import { useTranscriptState } from "./useTranscriptState";

interface Props {
  readonly session: Pick<Conversation, "subscribe" | "getSnapshot" | "calls" | "playbackPosition" | "sendText" | "imageSharing">;
  readonly captions: boolean;
  readonly onDownload: () => void;
  readonly onTimeline: () => void;
}

/** The words: what was said, what can be done with it, and a place to type. */
export function TranscriptPane({ session, captions, onDownload, onTimeline }: Props) {
  const { state, catchUp } = useTranscriptState(session);
  const list = useRef<HTMLDivElement>(null);
  const { exists, onDevice } = useSyncExternalStore(session.calls.subscribe, session.calls.getSnapshot);
  const all = linesOf(state);
  const lines = useMemo(() => conversationOf(all), [all]);
  const live = state.status === "live";
  return (
    <section className="talk" aria-label="Transcript and text">
      {lines.length > 0 && (
        <TranscriptToolbar lines={lines} list={list} captions={captions} recorded={exists} onDownload={onDownload} onTimeline={onTimeline} />
      )}
      {captions && <Transcript lines={lines} heard={session.playbackPosition} voice={live ? state.voice : null} onWord={catchUp} onAsk={session.sendText} list={list} />}
      {!live && onDevice !== "no" && <p className="kept">{KEPT[onDevice]}</p>}
      <TextBox
        enabled={live || isTyping(state)}
        onSend={session.sendText}
        showing={live && state.images ? session.imageSharing : null}
        watched={live ? state.watched : null}
      />
    </section>
  );
}

const KEPT = {
  yes: "Saved on this device, under History.",
  "no-room": "Not saved: your browser has no room. Download it, or delete older conversations.",
  failed: "Not saved: your browser keeps nothing for this page. Download it to have it later.",
} as const;
