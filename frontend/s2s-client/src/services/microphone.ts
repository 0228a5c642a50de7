/** The browser's microphone, and the reason in words when there is none. */
import { CallFailure, microphoneFailure } from "../session/failures";

const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
};

/** Asks for the microphone `id`, or for the system's where that is empty or gone. Throws CallFailure with the reason in words. */
export async function openMicrophone(id = ""): Promise<MediaStream> {
  // Browsers hide the devices from pages that did not come over https or from this machine.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new CallFailure("insecure-origin");
  try {
    // "ideal": a remembered microphone that is not plugged in must not be the end of the call.
    return await devices.getUserMedia({ audio: id ? { ...MICROPHONE, deviceId: { ideal: id } } : MICROPHONE });
  } catch (reason) {
    throw microphoneFailure(reason);
  }
}
