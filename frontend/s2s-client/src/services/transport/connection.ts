/** One physical connection to a gateway session, whatever carries it. It is opened and closed once. */
import { failure } from "../../shared/callErrors";
import type { Carrier, Detour, Failure, FromBrowser, Notice, ToBrowser } from "../../types";
import type { AudioChannel } from "./micSendQueue";

export interface LinkEvents {
  /** Frames and messages can be sent. */
  readonly onOpen: () => void;
  /** An audio frame, header included. */
  readonly onAudio: (frame: ArrayBuffer) => void;
  readonly onControl: (message: ToBrowser) => void;
  /** It could not be opened, or is gone. Called once, and never after `close`. */
  readonly onFault: (fault: LinkFault) => void;
}

export interface Link {
  readonly carrier: Carrier;
  readonly audio: AudioChannel;
  /** Before it is open: why another carrier may be needed, as far as that is known. */
  readonly detour: Detour;
  /** Sends a control message. False if the link is not open: nothing was sent. */
  sendControl(message: FromBrowser): boolean;
  /** Releases everything but leaves the session at the gateway. Safe to call twice. */
  close(): void;
}

/** Why a link did not open, or is gone. */
export class LinkFault extends Error {
  override readonly name = "LinkFault";

  constructor(
    message: string,
    readonly detour: Detour = "slow",
    /** Text for the user, if the gateway sent some. */
    readonly failure: Failure | null = null,
  ) {
    super(message);
  }

  /** Whether the session no longer exists: no other link can help. */
  get sessionGone(): boolean {
    return this.failure?.code === "session-gone";
  }

  /** Whether another page has taken the call over: this one must not take it back. */
  get continuedElsewhere(): boolean {
    return this.failure?.code === "continued-elsewhere";
  }
}

/** The fault that a notice announces if the gateway no longer serves this page over the link; null for any other notice. */
export function faultOf({ code, message }: Notice): LinkFault | null {
  if (code === "call_continued_elsewhere") return new LinkFault(message, "slow", failure("continued-elsewhere"));
  const keyRefused = code === "session_key_required" || code === "session_key_wrong";
  return keyRefused ? new LinkFault(message, "slow", failure("session-gone")) : null;
}
