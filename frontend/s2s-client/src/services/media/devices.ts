/** The device's microphones and loudspeakers, as the browser tells them. */

export interface Device {
  readonly id: string;
  readonly label: string;
}

export interface Devices {
  readonly microphones: readonly Device[];
  readonly loudspeakers: readonly Device[];
}

export const NO_DEVICES: Devices = { microphones: [], loudspeakers: [] };

/** Names are empty until the microphone was allowed once; such devices are left out. */
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

/** Told when a device is plugged in or out. Gives the way to stop it. */
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

/** Whether the browser will ask; null where it does not tell. */
export async function microphonePermission(): Promise<PermissionState | null> {
  try {
    return (await navigator.permissions.query({ name: "microphone" })).state;
  } catch {
    // Older browsers know no permission of this name, and pages without https have none.
    return null;
  }
}
