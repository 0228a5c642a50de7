/** A conversation left by a page that was reloaded or closed, kept on this device so that the next page can go on. */
import type { CreatedSession } from "../services/gatewayApi";
import type { Numbers } from "../services/transport/turnNumbering";
import type { Line } from "../state/transcript";

/** The gateway keeps a session for 60 s after its browser has gone. */
export const KEPT_MS = 60_000;
const KEY = "s2s-call";
const MOST_LINES = 200;
const MOST_CHARS = 500_000;

/** An earlier part of a conversation, for the call that goes on with it. */
export interface Earlier {
  /** null: it is over, and a new one is told what was said. */
  readonly session: CreatedSession | null;
  readonly lines: readonly Line[];
  /** The newest turn that was seen; null before the first answer. */
  readonly turn: number | null;
  readonly numbers: Numbers;
  readonly pushToTalk: boolean;
}

export interface SavedCall extends Earlier {
  readonly session: CreatedSession;
  /** By the machine's clock. */
  readonly savedAtMs: number;
}

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export class SavedCalls {
  constructor(private readonly shelf: Shelf | null) {}

  save(call: SavedCall): void {
    let text = JSON.stringify({ ...call, lines: call.lines.slice(-MOST_LINES) });
    if (text.length > MOST_CHARS) text = JSON.stringify({ ...call, lines: [] });
    try {
      this.shelf?.setItem(KEY, text);
    } catch (fault) {
      console.warn("S2S: the conversation could not be kept for a reload.", fault);
    }
  }

  /** What can still be gone on with at `nowMs`, or null. */
  find(nowMs: number): SavedCall | null {
    const found = parse(this.shelf?.getItem(KEY) ?? null);
    return found && nowMs - found.savedAtMs <= KEPT_MS ? found : null;
  }

  forget(): void {
    this.shelf?.removeItem(KEY);
  }
}

function parse(text: string | null): SavedCall | null {
  try {
    const found = JSON.parse(text ?? "null") as Partial<SavedCall> | null;
    const fits =
      typeof found?.session?.session_id === "string" &&
      Array.isArray(found.session.ice_servers) &&
      Array.isArray(found.lines) &&
      typeof found.numbers?.turn === "number" &&
      typeof found.savedAtMs === "number";
    return fits ? (found as SavedCall) : null;
  } catch {
    return null;
  }
}
