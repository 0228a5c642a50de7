/** Opens the browser's microphone, or reports why it cannot. */
import { CallFailure, microphoneFailure } from "../../shared/callErrors";

/** What the browser does to the microphone's sound. */
export interface MicProcessing {
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGain: boolean;
}

const ALL: MicProcessing = { echoCancellation: true, noiseSuppression: true, autoGain: true };

/** Opens the microphone `id`, or the system's default if that is empty or gone. Throws CallFailure with the reason. */
export async function openMicrophone(id = "", processing = ALL): Promise<MediaStream> {
  // Browsers hide the devices from pages that were not loaded over HTTPS or from this machine.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new CallFailure("insecure-origin");
  try {
    return await opened(devices, id, processing);
  } catch (reason) {
    throw microphoneFailure(reason);
  }
}

/**
 * Opens exactly the chosen device. "ideal" would not do: Chromium 156 then returns the microphone that is already open, or the
 * system's default.
 */
async function opened(devices: MediaDevices, id: string, { echoCancellation, noiseSuppression, autoGain }: MicProcessing): Promise<MediaStream> {
  const audio: MediaTrackConstraints = { echoCancellation, noiseSuppression, autoGainControl: autoGain, channelCount: 1 };
  if (!id) return devices.getUserMedia({ audio });
  try {
    return await devices.getUserMedia({ audio: { ...audio, deviceId: { exact: id } } });
  } catch (reason) {
    // A remembered microphone that is not plugged in must not end the call.
    if (microphoneFailure(reason).failure.code !== "microphone-missing") throw reason;
    return devices.getUserMedia({ audio });
  }
}
