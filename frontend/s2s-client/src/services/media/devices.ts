/** The microphones and loudspeakers that the browser reports. */
import { isInsecureOrigin } from "../../shared/secureOrigin";

export interface Device {
  readonly id: string;
  readonly label: string;
}

export interface Devices {
  readonly microphones: readonly Device[];
  readonly loudspeakers: readonly Device[];
}

export const NO_DEVICES: Devices = { microphones: [], loudspeakers: [] };

/** Lists the devices. Names are empty until the microphone has been allowed once; devices without a name are left out. */
export async function listDevices(): Promise<Devices> {
  const browser = navigator.mediaDevices as MediaDevices | undefined;
  if (!browser) return NO_DEVICES;
  const all = await browser.enumerateDevices();
  const of = (kind: MediaDeviceKind): Device[] =>
    all
      .filter((device) => device.kind === kind && device.label !== "" && device.deviceId !== "default")
      .map(({ deviceId, label }) => ({ id: deviceId, label }));
  return { microphones: of("audioinput"), loudspeakers: of("audiooutput") };
}

/** Calls the listener when a device is plugged in or removed. Returns a function that unsubscribes. */
export function onDevicesChanged(listener: () => void): () => void {
  const browser = navigator.mediaDevices as MediaDevices | undefined;
  browser?.addEventListener("devicechange", listener);
  return () => {
    browser?.removeEventListener("devicechange", listener);
  };
}

/** Whether this browser lets a page choose its loudspeaker. */
export function canChooseLoudspeaker(): boolean {
  return "setSinkId" in AudioContext.prototype;
}

/** What a start with a microphone would meet: the browser's permission, or why it cannot even be asked. */
export type MicrophoneOutlook = PermissionState | "missing" | "insecure";

/** Tells what a start with a microphone would meet, now and whenever it changes; null: unknown. Returns a function that ends it. */
export function watchMicrophoneOutlook(listener: (outlook: MicrophoneOutlook | null) => void): () => void {
  let permission: PermissionStatus | null = null;
  let over = false;
  const look = async (): Promise<void> => {
    const outlook = (await hasMicrophone()) ? (permission?.state ?? null) : "missing";
    if (!over) listener(isInsecureOrigin() ? "insecure" : outlook);
  };
  const changed = (): void => { void look(); };
  const stopDevices = onDevicesChanged(changed);
  void microphonePermission().then((found) => {
    permission = found;
    if (!over) found?.addEventListener("change", changed);
    return look();
  });
  return () => {
    over = true;
    stopDevices();
    permission?.removeEventListener("change", changed);
  };
}

/**
 * Whether there may be one. Browsers list a nameless one before they are allowed to tell more; one that lists nothing at all does
 * not tell.
 */
async function hasMicrophone(): Promise<boolean> {
  const browser = navigator.mediaDevices as MediaDevices | undefined;
  const all = (await browser?.enumerateDevices()) ?? [];
  return all.length === 0 || all.some(({ kind }) => kind === "audioinput");
}

/** The microphone permission, which says whether the browser will ask; null if it does not tell. */
async function microphonePermission(): Promise<PermissionStatus | null> {
  try {
    return await navigator.permissions.query({ name: "microphone" });
  } catch {
    // Older browsers have no permission of this name, and pages without HTTPS have none at all.
    return null;
  }
}
