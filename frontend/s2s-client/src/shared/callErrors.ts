/** Every way a call can fail, each with its own text and remedy. */
import type { Failure, FailureCode } from "../types";

const WORDS: Record<FailureCode, readonly [message: string, hint: string]> = {
  "microphone-refused": [
    "The microphone was not allowed.",
    "Click the microphone or lock sign beside the address, allow the microphone for this page, then try again.",
  ],
  "microphone-missing": [
    "No microphone was found.",
    "Plug one in, or switch it on in the system's sound settings, then try again.",
  ],
  "microphone-busy": [
    "The microphone is in use by another program.",
    "Close the other call or recording program, then try again.",
  ],
  "microphone-failed": [
    "The microphone could not be opened.",
    "Unplug it and plug it in again, or choose another one in the system's sound settings, then try again.",
  ],
  "insecure-origin": [
    "The browser hides the microphone from this address.",
    "Open this page over https, or as http://localhost on the machine itself.",
  ],
  "audio-unsupported": [
    "The browser could not start its sound.",
    "Check that a loudspeaker or headset is connected and that the browser is up to date, then try again.",
  ],
  "gateway-unreachable": [
    "The service does not answer.",
    "Check your network, then try again. Whoever runs it: see make run and REACT_APP_API_URL.",
  ],
  // Its hint names the page and the setting that the service reads; see gatewayApi.
  "origin-refused": ["The service does not accept this page.", ""],
  "gateway-busy": ["All places are taken right now.", "A place is free as soon as somebody ends their conversation."],
  "gateway-stopping": ["The service is being restarted.", "It is back in a moment."],
  "too-many-requests": ["Too much was asked for in a short time.", "Wait a moment, then try again."],
  "too-many-sessions-from-address": [
    "There are as many conversations from your network as there may be.",
    "End another one first, perhaps in another tab or on another device.",
  ],
  "day-limit": [
    "The service has used up what it may cost today.",
    "It is open again after midnight UTC. Whoever runs it can raise the limit.",
  ],
  "identity-limit": [
    "You have used up what your conversations may cost today.",
    "You can talk again after midnight UTC.",
  ],
  "budget-unavailable": [
    "The service cannot take calls at the moment.",
    "Whoever runs it must make room on its disk: its error page says more.",
  ],
  "not-signed-in": ["You are not signed in, or no longer.", "Sign in, then try again."],
  "not-open": ["This service is not open to visitors yet.", "Whoever runs it can open it: S2S_AUTH."],
  "signed-out": ["Your sign-in has ended.", "Reload the page, then try again."],
  "token-failed": ["This page could not prove who you are.", "Reload the page, then try again."],
  "upstream-unavailable": ["The AI service does not answer at the moment.", "This is not your fault, and mostly over soon."],
  "gateway-error": ["The service could not start the conversation.", "Try again; backend/error_log.txt says more."],
  "upstream-refused": [
    "The AI service refused the connection.",
    "Whoever runs it must check key, model and region in backend/.env.",
  ],
  "connection-failed": [
    "The voice connection could not be made.",
    "A firewall or VPN may block it: try another network, or set a TURN server in backend/.env.",
  ],
  "session-gone": [
    "This conversation is over.",
    "The service was restarted, or the connection was away for too long. Begin a new one.",
  ],
  "connection-lost": [
    "The connection was lost.",
    "Check your network, then try again.",
  ],
  "continued-elsewhere": [
    "This call goes on in another tab or on another device.",
    "End it there, or begin a new one here.",
  ],
  "let-go": [
    "This page sent too much.",
    "Reload the page, then try again.",
  ],
  "camera-refused": [
    "The camera was not allowed.",
    "Click the camera or lock sign beside the address, allow the camera for this page, then try again.",
  ],
  "camera-missing": ["No camera was found.", "Plug one in, then try again."],
  "camera-failed": ["The picture could not be opened.", "Another program may use the camera: close it, then try again."],
  "picture-unreadable": [
    "This picture could not be read.",
    "Try another one: the browser knows JPEG, PNG, WebP and GIF.",
  ],
  "pictures-not-taken": [
    "The AI that answers here cannot be shown pictures.",
    "Describe it in words.",
  ],
  "pictures-too-fast": ["Too many pictures in a short time.", "Wait a moment, then show it again."],
  "report-not-recorded": [
    "There is no recording of this conversation.",
    "Recording is switched off at this service, so nothing could be saved.",
  ],
  "report-too-late": [
    "The recording of this conversation is no longer kept.",
    "It can be saved during a conversation, and for 5 minutes after it.",
  ],
  "report-not-saved": [
    "The report could not be written.",
    "The service has no room for it at the moment. Tell whoever runs it.",
  ],
};

export function failure(code: FailureCode, message = "", hint = ""): Failure {
  const [ownMessage, ownHint] = WORDS[code];
  return { code, message: message || ownMessage, hint: hint || ownHint };
}

interface Details extends ErrorOptions {
  /** A better text than the table's, if the gateway sent one. */
  readonly message?: string;
  readonly hint?: string;
  readonly retryAfterS?: number | undefined;
}

/** Thrown by the services; the call controller turns it into the failed state. */
export class CallFailure extends Error {
  override readonly name = "CallFailure";
  readonly failure: Failure;

  constructor(code: FailureCode, details: Details = {}) {
    const words = failure(code, details.message, details.hint);
    super(words.message, details);
    const { retryAfterS } = details;
    this.failure = retryAfterS === undefined ? words : { ...words, retryAfterS };
  }
}

const MICROPHONE: Readonly<Record<string, FailureCode>> = {
  NotAllowedError: "microphone-refused",
  SecurityError: "microphone-refused",
  NotFoundError: "microphone-missing",
  OverconstrainedError: "microphone-missing",
  NotReadableError: "microphone-busy",
  AbortError: "microphone-failed",
};

/** Maps getUserMedia's error names (W3C Media Capture and Streams, 10.2). */
export function microphoneFailure(reason: unknown): CallFailure {
  const name = reason instanceof Error || reason instanceof DOMException ? reason.name : "";
  return new CallFailure(MICROPHONE[name] ?? "microphone-failed", { cause: reason });
}
