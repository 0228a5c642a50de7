/** What the transport of a call is to be: from the user's settings, and from the conversation that it continues. */
import { firstFrameNumber } from "../services/transport/micSendQueue";
import type { TransportOptions } from "../services/transport/openTransport";
import { historyForResume } from "../state/historyForResume";
import { linesOf, type SessionStore } from "../state/sessionState";
import type { CallOptions } from "./callOptions";
import { sessionRequestOf } from "./sessionOptions";

export function transportOptionsOf({ api, reconnectLimitMs, settings, saved }: CallOptions, store: SessionStore): TransportOptions {
  const chosen = settings.getSnapshot();
  return {
    api,
    reconnectLimitMs,
    firstFrame: firstFrameNumber(Date.now()),
    request: sessionRequestOf(chosen, saved),
    existing: saved?.session ?? null,
    socketOnly: chosen.transport === "websocket",
    robustness: () => settings.getSnapshot().robustness,
    dataUse: chosen.dataUse,
    history: () => historyForResume(linesOf(store.getSnapshot())),
    numbers: saved?.numbers,
  };
}
