/** One physical connection to a session at the gateway, whatever carries it. It lives and dies once. */
import type { Carrier, Detour, Failure, FromBrowser, ToBrowser } from "../../types";
import type { AudioChannel } from "./micSendQueue";

export interface LinkEvents {
  /** Frames and messages can be sent. */
  readonly onOpen: () => void;
  /** A voice frame, header included. */
  readonly onAudio: (frame: ArrayBuffer) => void;
  readonly onControl: (message: ToBrowser) => void;
  /** It could not be opened, or is gone. Once, and never after `close`. */
  readonly onFault: (fault: LinkFault) => void;
}

export interface Link {
  readonly carrier: Carrier;
  readonly audio: AudioChannel;
  /** While it is not open: why another carrier may be needed, as far as it can be known. */
  readonly detour: Detour;
  /** False where it is not open: nothing was sent. */
  sendControl(message: FromBrowser): boolean;
  /** Frees everything and leaves the session at the gateway alone. Safe to call twice. */
  close(): void;
}

/** Why a link did not open, or is gone. */
export class LinkFault extends Error {
  override readonly name = "LinkFault";

  constructor(
    message: string,
    readonly detour: Detour = "slow",
    /** Text for the user, where the gateway gave some. */
    readonly failure: Failure | null = null,
  ) {
    super(message);
  }

  /** The session does not exist any more: no other link can help. */
  get sessionGone(): boolean {
    return this.failure?.code === "session-gone";
  }
}
