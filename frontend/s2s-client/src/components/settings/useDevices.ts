import { useEffect, useState } from "react";
import { type Device, type Devices, listDevices, NO_DEVICES, onDevicesChanged } from "../../services/media/devices";
import { openMicrophone } from "../../services/media/microphone";
import { CallFailure } from "../../shared/callErrors";
import { type TestedMicrophone, testMicrophone } from "./microphoneTest";

/** The devices that the browser names, now and whenever they or `again` change: a microphone that opens gives them names. */
export function useDevices(again?: unknown): Devices {
  const [devices, setDevices] = useState(NO_DEVICES);
  useEffect(() => {
    let gone = false;
    const look = () => {
      listDevices().then(
        (found) => {
          if (!gone) setDevices(found);
        },
        (fault: unknown) => {
          console.warn("S2S: the browser does not list its devices.", fault);
        },
      );
    };
    look();
    const stop = onDevicesChanged(look);
    return () => {
      gone = true;
      stop();
    };
  }, [again]);
  return devices;
}

/** A list of devices as choices; a remembered one that is gone stays in it. */
export function deviceChoices(devices: readonly Device[], chosen: string): readonly (readonly [string, string])[] {
  const known = devices.map(({ id, label }) => [id, label] as const);
  const missing = chosen !== "" && !devices.some(({ id }) => id === chosen);
  return [["", "System default"], ...known, ...(missing ? ([[chosen, "Last used (not connected)"]] as const) : [])];
}

/** A microphone that only shows its level, open while `wanted`; and why there is none. */
export function useMicrophoneTest(id: string, wanted: boolean): { readonly microphone: TestedMicrophone | null; readonly problem: string } {
  const [microphone, setMicrophone] = useState<TestedMicrophone | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    if (!wanted) return;
    let gone = false;
    let open: TestedMicrophone | null = null;
    openMicrophone(id).then(
      (stream) => {
        open = testMicrophone(stream);
        if (gone) open.close();
        else setMicrophone(open);
      },
      (reason: unknown) => {
        if (!gone) setProblem(reason instanceof CallFailure ? `${reason.failure.message} ${reason.failure.hint}` : String(reason));
      },
    );
    return () => {
      gone = true;
      open?.close();
      setMicrophone(null);
      setProblem("");
    };
  }, [id, wanted]);
  return { microphone, problem };
}
