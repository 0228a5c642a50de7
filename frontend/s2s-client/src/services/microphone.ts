/** The browser's microphone, and the reason in words when there is none. */
import { CallFailure, microphoneFailure } from "../session/failures";

const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
};

/** Asks for the microphone. Throws CallFailure with the reason in words. */
export async function openMicrophone(): Promise<MediaStream> {
  // Browsers hide the devices from pages that did not come over https or from this machine.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new CallFailure("insecure-origin");
  try {
    return await devices.getUserMedia({ audio: MICROPHONE });
  } catch (reason) {
    throw microphoneFailure(reason);
  }
}
