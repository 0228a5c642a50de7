import { useEffect, useState } from "react";
import { microphonePermission } from "../../services/media/devices";

/** Whether the browser will ask for the microphone; null until it is known, or where the browser does not tell. */
export function useMicrophonePermission(): PermissionState | null {
  const [permission, setPermission] = useState<PermissionState | null>(null);
  useEffect(() => {
    let gone = false;
    void microphonePermission().then((state) => {
      if (!gone) setPermission(state);
    });
    return () => {
      gone = true;
    };
  }, []);
  return permission;
}
