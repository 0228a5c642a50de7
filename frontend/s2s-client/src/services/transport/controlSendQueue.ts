/**
 * The control messages' mouth: what was said while no link is open is kept, what may have died with a link is sent
 * again. The control channel keeps its order, so the answer to a ping proves that all before it has arrived.
 *
 * Kept until proved: text and activity marks all, in order; of `played` the newest of each turn, of `mic` and
 * `interrupt` the newest, because it says everything the older ones said. An interrupt may be sent again after a cut:
 * it names its turn, and the gateway takes one for an older turn as a late click. Pings are never kept: they measure
 * a link. `hello` opens every link exactly once and is never kept either.
 */
import type { FromBrowser, Hello, Ping } from "../../types";

type Kept = Exclude<FromBrowser, Hello | Ping>;
type Send = (message: FromBrowser) => boolean;

interface Entry {
  readonly message: Kept;
  /** The first ping that was sent after it over the same link. */
  pingMs: number | null;
}

/** The shortest of so many is the way itself; the others waited behind something. */
const TRIPS_KEPT = 5;

export class ControlSendQueue {
  #entries: Entry[] = [];
  #send: Send | null = null;
  #lastPingMs = 0;
  /** Of this link, the newest last. */
  #tripsMs: number[] = [];

  push(message: Kept): void {
    const entry: Entry = { message, pingMs: null };
    this.#entries = [...this.#entries.filter((old) => !covers(message, old.message)), entry];
    this.#send?.(message);
    // The sooner a text is proved, the smaller the chance that a cut makes us say it twice.
    if (message.type === "text") this.ping();
  }

  /** Says hello, then everything that is not proved to have arrived. */
  open(send: Send, hello: Hello): void {
    this.#send = send;
    send(hello);
    this.#entries.forEach(({ message }) => {
      send(message);
    });
  }

  /** The link is gone; nothing is sent until the next `open`. */
  detach(): void {
    this.#send = null;
    this.#tripsMs = [];
    this.#entries.forEach((entry) => {
      entry.pingMs = null;
    });
  }

  /** The number it is answered with, which is when it was sent in ms, too; null where the link is not open. */
  ping(): number | null {
    if (!this.#send) return null;
    // Different even within one millisecond: a ping must not prove what was sent after it.
    const ms = (this.#lastPingMs = Math.max(this.#lastPingMs + 1, Math.round(performance.now())));
    this.#entries.forEach((entry) => {
      entry.pingMs ??= ms;
    });
    const trip = this.#tripsMs.length ? { round_trip_ms: Math.min(...this.#tripsMs) } : {};
    return this.#send({ type: "ping", ms, ...trip }) ? ms : null;
  }

  /** The ping sent at `ms` was answered. */
  onPong(ms: number): void {
    this.#tripsMs = [...this.#tripsMs.slice(1 - TRIPS_KEPT), Math.max(0, Math.round(performance.now()) - ms)];
    this.#entries = this.#entries.filter(({ pingMs }) => pingMs === null || pingMs > ms);
  }

  /** The gateway shows a typed line in the transcript: it has arrived. */
  onTextEchoed(text: string): void {
    const at = this.#entries.findIndex(({ message }) => message.type === "text" && message.text === text);
    if (at >= 0) this.#entries = this.#entries.toSpliced(at, 1);
  }

  /** Nothing more is sent or kept. */
  close(): void {
    this.#send = () => false;
    this.#entries = [];
  }
}

function covers(newer: Kept, older: Kept): boolean {
  if (newer.type === "played" && older.type === "played") return newer.turn === older.turn;
  return newer.type === older.type && (newer.type === "mic" || newer.type === "interrupt");
}
