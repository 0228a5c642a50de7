/** Camera and screen as the browser gives them, and their refusals as text. */
import { CallFailure } from "../../shared/callErrors";

export type Source = "camera" | "screen";

/** Which camera of a phone: the one that sees the person, or the one that sees what they see. */
export type Facing = "user" | "environment";

/** Which camera is opened first: who holds a phone wants to show something. */
export function firstFacing(): Facing {
  return window.matchMedia("(pointer: coarse)").matches ? "environment" : "user";
}

/** Whether there is a camera to change to. */
export async function hasSecondCamera(): Promise<boolean> {
  return (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput").length > 1;
}

/** Phones have no screen to share, and pages that came over http have neither. */
export function canShow(source: Source): boolean {
  const devices = navigator.mediaDevices as Partial<MediaDevices> | undefined;
  return typeof (source === "camera" ? devices?.getUserMedia : devices?.getDisplayMedia) === "function";
}

/** Asks the person. `facing`: the camera that is wished. Throws CallFailure; null where they chose nothing. */
export async function openSource(source: Source, facing: Facing): Promise<MediaStream | null> {
  try {
    return source === "camera"
      ? await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: { ideal: facing } } })
      : await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 5 } }, audio: false });
  } catch (reason) {
    const name = reason instanceof DOMException ? reason.name : "";
    // A user who closes the browser's list of windows has decided: no message.
    if (source === "screen" && name === "NotAllowedError") return null;
    throw new CallFailure(CODES[name] ?? "camera-failed", { cause: reason });
  }
}

const CODES = {
  NotAllowedError: "camera-refused",
  SecurityError: "camera-refused",
  NotFoundError: "camera-missing",
  OverconstrainedError: "camera-missing",
} as Readonly<Record<string, "camera-refused" | "camera-missing">>;
