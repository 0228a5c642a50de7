/** Opens the browser's microphone, or reports why it cannot. */
import { CallFailure, microphoneFailure } from "../../shared/callErrors";

const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
};

/** Opens the microphone `id`, or the system's default if that is empty or gone. Throws CallFailure with the reason. */
export async function openMicrophone(id = ""): Promise<MediaStream> {
  // Browsers hide the devices from pages that were not loaded over HTTPS or from this machine.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new CallFailure("insecure-origin");
  try {
    return await (id ? chosen(devices, id) : devices.getUserMedia({ audio: MICROPHONE }));
  } catch (reason) {
    throw microphoneFailure(reason);
  }
}

/**
 * Opens exactly the chosen device. "ideal" would not do: Chromium 156 then returns the microphone that is already open, or the
 * system's default.
 */
async function chosen(devices: MediaDevices, id: string): Promise<MediaStream> {
  try {
    return await devices.getUserMedia({ audio: { ...MICROPHONE, deviceId: { exact: id } } });
  } catch (reason) {
    // A remembered microphone that is not plugged in must not end the call.
    if (microphoneFailure(reason).failure.code !== "microphone-missing") throw reason;
    return devices.getUserMedia({ audio: MICROPHONE });
  }
}
