/**
 * Send queue for control messages: keeps messages while no link is open, and resends those that may have been lost with a link.
 * The control channel is ordered, so the answer to a ping proves that everything before it has arrived.
 *
 * Kept until acknowledged: all texts and activity marks, in order; the newest `played` of each turn; the newest `mic` and
 * `interrupt`, which supersede the older ones. An interrupt may be resent after a reconnect: it names its turn, and the gateway
 * treats one for an older turn as a late click. Pings are never kept, because they measure one link. `hello` is sent exactly
 * once at the start of each link and is never kept either.
 */
import type { FromBrowser, Hello, Ping } from "../../types";

type Kept = Exclude<FromBrowser, Hello | Ping>;
type Send = (message: FromBrowser) => boolean;

interface Entry {
  readonly message: Kept;
  /** The first ping sent after it over the same link. */
  pingMs: number | null;
}

/** The shortest of this many round trips is the path itself; the others were queued behind something. */
const TRIPS_KEPT = 5;

export class ControlSendQueue {
  #entries: Entry[] = [];
  #send: Send | null = null;
  #lastPingMs = 0;
  /** Round trips of this link, newest last. */
  #tripsMs: number[] = [];

  push(message: Kept): void {
    const entry: Entry = { message, pingMs: null };
    this.#entries = [...this.#entries.filter((old) => !covers(message, old.message)), entry];
    this.#send?.(message);
    // The sooner a text is acknowledged, the smaller the chance that a reconnect makes us send it twice.
    if (message.type === "text") this.ping();
  }

  /** Sends hello, then everything that is not acknowledged yet. */
  open(send: Send, hello: Hello): void {
    this.#send = send;
    send(hello);
    this.#entries.forEach(({ message }) => {
      send(message);
    });
  }

  /** Records that the link is gone; nothing is sent until the next `open`. */
  detach(): void {
    this.#send = null;
    this.#tripsMs = [];
    this.#entries.forEach((entry) => {
      entry.pingMs = null;
    });
  }

  /** Sends a ping and returns its number, which is also its send time in ms; null if the link is not open. */
  ping(): number | null {
    if (!this.#send) return null;
    // Numbers differ even within one millisecond: a ping must not acknowledge what was sent after it.
    const ms = (this.#lastPingMs = Math.max(this.#lastPingMs + 1, Math.round(performance.now())));
    this.#entries.forEach((entry) => {
      entry.pingMs ??= ms;
    });
    const trip = this.#tripsMs.length ? { round_trip_ms: Math.min(...this.#tripsMs) } : {};
    return this.#send({ type: "ping", ms, ...trip }) ? ms : null;
  }

  /** Handles the answer to the ping sent at `ms`. */
  onPong(ms: number): void {
    this.#tripsMs = [...this.#tripsMs.slice(1 - TRIPS_KEPT), Math.max(0, Math.round(performance.now()) - ms)];
    this.#entries = this.#entries.filter(({ pingMs }) => pingMs === null || pingMs > ms);
  }

  /** Marks a text as arrived: the gateway has shown it in the transcript. */
  onTextEchoed(text: string): void {
    const at = this.#entries.findIndex(({ message }) => message.type === "text" && message.text === text);
    if (at >= 0) this.#entries = this.#entries.toSpliced(at, 1);
  }

  /** Stops sending and drops what is kept. */
  close(): void {
    this.#send = () => false;
    this.#entries = [];
  }
}

function covers(newer: Kept, older: Kept): boolean {
  if (newer.type === "played" && older.type === "played") return newer.turn === older.turn;
  return newer.type === older.type && (newer.type === "mic" || newer.type === "interrupt");
}
