/** While a call lasts: the screen stays on, and the headset's button mutes (see mediaKeys.ts). Offers of the browser, not needs. */

export interface CallWakeLockEvents {
  readonly onToggleMicrophone: () => void;
  readonly onHangUp: () => void;
}

type Action = MediaSessionAction | "togglemicrophone" | "hangup";

export class CallWakeLock {
  #lock: WakeLockSentinel | null = null;
  #over = false;

  constructor(events: CallWakeLockEvents) {
    document.addEventListener("visibilitychange", this.#keepAwake);
    this.#keepAwake();
    this.#handle("togglemicrophone", events.onToggleMicrophone);
    this.#handle("hangup", events.onHangUp);
    // A headset's one button says "play" or "pause".
    this.#handle("play", events.onToggleMicrophone);
    this.#handle("pause", events.onToggleMicrophone);
    if ("mediaSession" in navigator && "MediaMetadata" in window) {
      navigator.mediaSession.metadata = new MediaMetadata({ title: "Conversation with the AI", artist: "S2S" });
      navigator.mediaSession.playbackState = "playing";
    }
  }

  showMuted(muted: boolean): void {
    const session = "mediaSession" in navigator ? navigator.mediaSession : null;
    // Not in every browser.
    if (session && "setMicrophoneActive" in session) void (session as { setMicrophoneActive(on: boolean): unknown }).setMicrophoneActive(!muted);
  }

  close(): void {
    this.#over = true;
    document.removeEventListener("visibilitychange", this.#keepAwake);
    void this.#lock?.release();
    for (const action of ["togglemicrophone", "hangup", "play", "pause"] as const) this.#handle(action, null);
    if ("mediaSession" in navigator) {
      navigator.mediaSession.metadata = null;
      navigator.mediaSession.playbackState = "none";
    }
  }

  /** The browser takes the lock away when the page is hidden. */
  readonly #keepAwake = (): void => {
    if (document.hidden || !("wakeLock" in navigator)) return;
    navigator.wakeLock.request("screen").then(
      (lock) => {
        if (this.#over) void lock.release();
        else this.#lock = lock;
      },
      (fault: unknown) => {
        console.info("S2S: the browser does not keep the screen on (a low battery, for instance).", fault);
      },
    );
  };

  #handle(action: Action, handler: (() => void) | null): void {
    if (!("mediaSession" in navigator)) return;
    try {
      navigator.mediaSession.setActionHandler(action as MediaSessionAction, handler);
    } catch {
      // A browser throws for the actions that it does not know; they are then not offered.
    }
  }
}
