/** The microphones and loudspeakers that the browser reports. */

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

/** The microphone permission, which says whether the browser will ask; null if it does not tell. */
export async function microphonePermission(): Promise<PermissionState | null> {
  try {
    return (await navigator.permissions.query({ name: "microphone" })).state;
  } catch {
    // Older browsers have no permission of this name, and pages without HTTPS have none at all.
    return null;
  }
}
