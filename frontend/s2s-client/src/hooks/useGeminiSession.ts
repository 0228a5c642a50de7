import { useSyncExternalStore } from "react";
import { GeminiSession, type Conversation } from "../session/geminiSession";
import { apiUrl } from "../session/apiUrl";

const defaultSession = new GeminiSession(apiUrl(import.meta.env.REACT_APP_API_URL, window.location));

/** The conversation as React sees it: the state, and what one can do. Audio and levels never come this way. */
export function useGeminiSession(session: Conversation = defaultSession) {
  const state = useSyncExternalStore(session.subscribe, session.getSnapshot);
  return { state, session };
}
