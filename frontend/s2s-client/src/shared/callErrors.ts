/** Every way a call can fail, each with its own text and remedy. */
import type { Failure, FailureCode } from "../types";

/** `details` are for the operator of the server. */
type Words = readonly [message: string, hint: string, details?: string];

const WORDS: Record<FailureCode, Words> = {
  "microphone-refused": [
    "Microphone access is blocked.",
    "Click the lock or mic icon in the address bar, choose Allow, then try again.",
  ],
  "microphone-missing": ["No microphone found.", "Connect a microphone or enable it in your system’s sound settings, then try again."],
  "microphone-busy": ["Another app is using your microphone.", "Close the other call or recorder, then try again."],
  "microphone-failed": [
    "Your microphone couldn’t be opened.",
    "Unplug it and plug it back in, or pick another one in Settings, then try again.",
  ],
  "insecure-origin": ["This page needs HTTPS to use your mic.", "Open it over https, or as http://localhost on the computer itself."],
  "audio-unsupported": [
    "Your browser couldn’t start audio.",
    "Check that a speaker or headset is connected and that your browser is up to date, then try again.",
  ],
  "gateway-unreachable": [
    "Can’t reach the server.",
    "It may be down, or you may be offline. Check your network, then try again.",
    "Is the gateway running (make run)? Does REACT_APP_API_URL name its address?",
  ],
  // Its details name the page and the setting that the server reads; see gatewayApi.
  "origin-refused": ["This site isn’t allowed to connect to the server.", "Ask whoever runs it to add this site."],
  "gateway-busy": ["All conversations are in use.", "Try again in a moment."],
  "gateway-stopping": ["The server is restarting.", "It’ll be back in a moment."],
  "too-many-requests": ["Too many requests.", "Wait a moment, then try again."],
  "too-many-sessions-from-address": [
    "Too many conversations from your network.",
    "End another one first, maybe in another tab or on another device.",
  ],
  "day-limit": ["Today’s budget is used up.", "It resets at midnight UTC.", "The daily limit of the server is reached; its settings can raise it."],
  "identity-limit": ["You’ve used up your budget for today.", "It resets at midnight UTC."],
  "budget-unavailable": ["The server can’t take conversations right now.", "Try again later.", "There is no room on its disk; the page /errors says more."],
  "paid-calls-off": ["Conversations are turned off for now.", "Try again later.", "POST /api/operator/paid-calls turns them on again."],
  "not-signed-in": ["You’re not signed in.", "Sign in, then try again."],
  "not-open": ["This server isn’t open to visitors yet.", "Ask whoever runs it.", "The setting S2S_AUTH opens it."],
  "signed-out": ["Your sign-in has ended.", "Reload the page, then try again."],
  "token-failed": ["Couldn’t confirm who you are.", "Reload the page, then try again."],
  "upstream-unavailable": ["The AI service isn’t responding.", "It’s not you. This usually clears up quickly."],
  "gateway-error": ["The server couldn’t start the conversation.", "Try again.", "backend/error_log.txt says more."],
  "upstream-refused": [
    "The AI service refused the connection.",
    "Ask whoever runs this server to check its settings.",
    "Check key, model and region in backend/.env.",
  ],
  "connection-failed": [
    "Couldn’t connect your conversation.",
    "A firewall or VPN may be blocking it. Try another network.",
    "A TURN server helps: S2S_TURN_URLS in backend/.env.",
  ],
  "session-gone": ["This conversation is over.", "The server restarted, or you were disconnected for too long. Start a new one."],
  "connection-lost": ["The connection was lost.", "Check your network, then try again."],
  "server-stopped": ["The server stopped responding.", "It may be down or restarting. Wait a moment, then try again.", "Is the gateway still running (make run)?"],
  "continued-elsewhere": ["This conversation continues in another tab or on another device.", "End it there, or start a new one here."],
  "let-go": ["Something went wrong.", "Reload the page, then try again.", "This page sent more than the server takes."],
  "camera-refused": [
    "Camera access is blocked.",
    "Click the lock or camera icon in the address bar, choose Allow, then try again.",
  ],
  "camera-missing": ["No camera found.", "Connect one, then try again."],
  "camera-failed": ["The camera couldn’t be opened.", "Another app may be using it. Close it, then try again."],
  "picture-unreadable": ["This image couldn’t be read.", "Try a JPEG, PNG, WebP or GIF."],
  "pictures-not-taken": ["This AI can’t see images.", "Describe it in words."],
  "pictures-too-fast": ["Too many images at once.", "Wait a moment, then try again."],
  "report-not-recorded": ["There’s no recording of this conversation.", "This server doesn’t record, so nothing could be saved."],
  "report-too-late": [
    "The recording of this conversation is gone.",
    "You can report during a conversation and for 5 minutes after it.",
  ],
  "report-not-saved": ["The report couldn’t be saved.", "The server has no room for it. Tell whoever runs it."],
};

/** What is given takes the place of the usual words. */
export function failure(code: FailureCode, message = "", hint = "", details = ""): Failure {
  const [ownMessage, ownHint, ownDetails = ""] = WORDS[code];
  const more = details || ownDetails;
  return { code, message: message || ownMessage, hint: hint || ownHint, ...(more && { details: more }) };
}

interface Details extends ErrorOptions {
  /** A better text than the table's, if the gateway sent one. */
  readonly message?: string;
  readonly hint?: string;
  readonly details?: string;
  readonly retryAfterS?: number | undefined;
}

/** Thrown by the services; the call controller turns it into the failed state. */
export class CallFailure extends Error {
  override readonly name = "CallFailure";
  readonly failure: Failure;

  constructor(code: FailureCode, details: Details = {}) {
    const words = failure(code, details.message, details.hint, details.details);
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
