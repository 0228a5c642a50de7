/**
 * A conversation of a page that is reloaded, kept in its tab so that the next page can continue it. It holds the session's
 * secrets and the transcript, so it is kept no longer than that takes, and never where another tab or a later visit finds it.
 */
import type { CreatedSession } from "../services/gatewayApi";
import type { Numbers } from "../services/transport/turnNumbering";
import type { Line } from "../state/transcript";

/** The gateway keeps a session for 60 s after its browser has gone. */
export const MAX_AGE_MS = 60_000;
const KEY = "s2s-call";
const MAX_LINES = 200;
const MAX_CHARS = 500_000;

/** An earlier part of a conversation, for the call that continues it. */
export interface EarlierCall {
  /** null: it is over, and a new one receives the history. */
  readonly session: CreatedSession | null;
  readonly lines: readonly Line[];
  /** The newest turn seen; null before the first answer. */
  readonly turn: number | null;
  readonly numbers: Numbers;
  readonly pushToTalk: boolean;
  /** The call has no microphone. */
  readonly typing?: boolean;
}

export interface PersistedCall extends EarlierCall {
  readonly session: CreatedSession;
  /** By the local clock. */
  readonly savedAtMs: number;
  /** Unique name of the call. Its tab holds a lock of this name: the copy in a duplicated tab is not continued. */
  readonly lock: string;
}

type StorageLike = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export class PersistedCalls {
  /** `storage`: the tab's. `device`: where earlier versions kept the call; it is deleted there. */
  constructor(
    private readonly storage: StorageLike | null,
    device: Pick<Storage, "removeItem"> | null,
  ) {
    device?.removeItem(KEY);
  }

  save(call: PersistedCall): void {
    let text = JSON.stringify({ ...call, lines: call.lines.slice(-MAX_LINES) });
    if (text.length > MAX_CHARS) text = JSON.stringify({ ...call, lines: [] });
    try {
      this.storage?.setItem(KEY, text);
    } catch (fault) {
      console.warn("S2S: the conversation could not be kept for a reload.", fault);
    }
  }

  /** The call that can still be continued at `nowMs`, or null. Deletes one that cannot. */
  findRecent(nowMs: number): PersistedCall | null {
    const found = parse(this.storage?.getItem(KEY) ?? null);
    const isRecent = found !== null && nowMs - found.savedAtMs <= MAX_AGE_MS;
    if (!isRecent) this.remove();
    return isRecent ? found : null;
  }

  remove(): void {
    this.storage?.removeItem(KEY);
  }
}

function parse(text: string | null): PersistedCall | null {
  try {
    const found = JSON.parse(text ?? "null") as Partial<PersistedCall> | null;
    const fits =
      typeof found?.session?.session_id === "string" &&
      Array.isArray(found.session.ice_servers) &&
      Array.isArray(found.lines) &&
      typeof found.numbers?.turn === "number" &&
      typeof found.lock === "string" &&
      typeof found.savedAtMs === "number";
    return fits ? (found as PersistedCall) : null;
  } catch {
    return null;
  }
}
