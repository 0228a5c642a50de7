/**
 * Keeps the screen on and lets the headset button mute (see mediaKeys.ts) during a call. Both are optional browser features.
 */

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
    // A headset with a single button sends "play" or "pause".
    this.#handle("play", events.onToggleMicrophone);
    this.#handle("pause", events.onToggleMicrophone);
    if ("mediaSession" in navigator && "MediaMetadata" in window) {
      navigator.mediaSession.metadata = new MediaMetadata({ title: "Conversation with the AI", artist: "S2S" });
      navigator.mediaSession.playbackState = "playing";
    }
  }

  showMuted(muted: boolean): void {
    const session = "mediaSession" in navigator ? navigator.mediaSession : null;
    // Not supported by every browser.
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

  /** Requests the lock again: the browser releases it when the page is hidden. */
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
      // Browsers throw for actions that they do not support; those are not offered.
    }
  }
}
