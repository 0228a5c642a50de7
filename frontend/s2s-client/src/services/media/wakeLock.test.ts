// @vitest-environment jsdom
import { afterEach, expect, it, vi } from "vitest";
import { CallWakeLock } from "./wakeLock";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A browser that knows these buttons, and throws for others, as browsers do. */
function headset(known: readonly string[]) {
  const handlers = new Map<string, () => void>();
  const mediaSession = {
    metadata: null as unknown,
    playbackState: "none",
    setMicrophoneActive: vi.fn(),
    setActionHandler: (action: string, handler: (() => void) | null) => {
      if (!known.includes(action)) throw new TypeError(action);
      if (handler) handlers.set(action, handler);
      else handlers.delete(action);
    },
  };
  vi.stubGlobal("MediaMetadata", class { constructor(readonly told: { title: string }) {} });
  vi.stubGlobal("navigator", { mediaSession });
  return { handlers, mediaSession };
}

it.each(["togglemicrophone", "play", "pause"])("a headset's button (%s) mutes, and the other one hangs up", (button) => {
  const { handlers, mediaSession } = headset([button, "hangup"]);
  const events = { onToggleMicrophone: vi.fn(), onHangUp: vi.fn() };
  const presence = new CallWakeLock(events);
  handlers.get(button)?.();
  expect(events.onToggleMicrophone).toHaveBeenCalledTimes(1);
  handlers.get("hangup")?.();
  expect(events.onHangUp).toHaveBeenCalledTimes(1);
  expect(mediaSession.playbackState).toBe("playing");
  presence.showMuted(true);
  expect(mediaSession.setMicrophoneActive).toHaveBeenCalledWith(false);
});

it("nothing of it is left after the call", () => {
  const { handlers, mediaSession } = headset(["togglemicrophone", "hangup", "play", "pause"]);
  new CallWakeLock({ onToggleMicrophone: vi.fn(), onHangUp: vi.fn() }).close();
  expect(handlers.size).toBe(0);
  expect(mediaSession).toMatchObject({ metadata: null, playbackState: "none" });
});

it("a browser without media keys is no fault", () => {
  vi.stubGlobal("navigator", {});
  const presence = new CallWakeLock({ onToggleMicrophone: vi.fn(), onHangUp: vi.fn() });
  presence.showMuted(true);
  presence.close();
});
