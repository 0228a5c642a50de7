import { useSyncExternalStore } from "react";
import { GeminiSession, type Conversation } from "../app/geminiSession";
import { apiUrl } from "../shared/apiUrl";

/** The gateway keeps a session for 60 s after its browser has gone, and needs up to 6 s to see that it has. */
const COME_BACK_S = 45;

const defaultSession = new GeminiSession({
  apiUrl: apiUrl(import.meta.env.REACT_APP_API_URL, window.location),
  reconnectLimitMs: 1000 * (Number(import.meta.env.REACT_APP_RECONNECT_LIMIT_S) || COME_BACK_S),
});

/** The conversation as React sees it: the state, and what one can do. Audio and levels never come this way. */
export function useGeminiSession(session: Conversation = defaultSession) {
  const state = useSyncExternalStore(session.subscribe, session.getSnapshot);
  return { state, session };
}
