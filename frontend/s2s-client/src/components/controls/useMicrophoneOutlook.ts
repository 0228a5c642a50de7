import { useEffect, useState } from "react";
import { type MicrophoneOutlook, watchMicrophoneOutlook } from "../../services/media/devices";

/** What a start with a microphone would meet; null until it is known, or where the browser does not tell. */
export function useMicrophoneOutlook(): MicrophoneOutlook | null {
  const [outlook, setOutlook] = useState<MicrophoneOutlook | null>(null);
  useEffect(() => watchMicrophoneOutlook(setOutlook), []);
  return outlook;
}
