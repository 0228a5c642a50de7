/** The browser's microphone, and the reason when there is none. */
import { CallFailure, microphoneFailure } from "../../shared/callErrors";

const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
};

/** Asks for the microphone `id`, or for the system's where that is empty or gone. Throws CallFailure with the reason. */
export async function openMicrophone(id = ""): Promise<MediaStream> {
  // Browsers hide the devices from pages that did not come over https or from this machine.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new CallFailure("insecure-origin");
  try {
    return await (id ? chosen(devices, id) : devices.getUserMedia({ audio: MICROPHONE }));
  } catch (reason) {
    throw microphoneFailure(reason);
  }
}

/** Not "ideal" from the start: Chromium 156 then gives the microphone that is open already, or the system's. */
async function chosen(devices: MediaDevices, id: string): Promise<MediaStream> {
  try {
    return await devices.getUserMedia({ audio: { ...MICROPHONE, deviceId: { exact: id } } });
  } catch (reason) {
    // A remembered microphone that is not plugged in must not be the end of the call.
    if (microphoneFailure(reason).failure.code !== "microphone-missing") throw reason;
    return devices.getUserMedia({ audio: MICROPHONE });
  }
}
