import { useMemo, useSyncExternalStore } from "react";
import { GeminiSession, type Conversation } from "../app/geminiSession";
import { isTranscriptOnly } from "../components/transcript/transcriptOnly";
import type { SessionState } from "../state/sessionState";
import { apiUrl } from "../shared/apiUrl";

/** The gateway keeps a session for 60 s after its browser has gone, and needs up to 6 s to see that it has. */
const COME_BACK_S = 45;

const defaultSession = new GeminiSession({
  apiUrl: apiUrl(import.meta.env.REACT_APP_API_URL, window.location),
  reconnectLimitMs: 1000 * (Number(import.meta.env.REACT_APP_RECONNECT_LIMIT_S) || COME_BACK_S),
});

/**
 * The conversation as React sees it: the state, and what one can do. Audio and levels never come this way, and words that only
 * grow the transcript change nothing here: see useTranscriptState.
 */
export function useGeminiSession(session: Conversation = defaultSession) {
  const getScreen = useMemo(() => screenOf(session), [session]);
  const state = useSyncExternalStore(session.subscribe, getScreen);
  return { state, session };
}

/** A getter of the state that stays the same while only words come. */
function screenOf({ getSnapshot }: Conversation): () => SessionState {
  let shown = getSnapshot();
  return () => {
    const now = getSnapshot();
    if (!isTranscriptOnly(shown, now)) shown = now;
    return shown;
  };
}
