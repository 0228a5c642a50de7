/** Notices that this page gets too little of the computer: what is late then says nothing about the network. */

const TICK_MS = 250;
/** A timer this much late is not the browser's usual imprecision. */
const LATE_MS = 150;
/** How long a busy moment excuses what is late: pings and audio that waited then are still on their way. */
const EXCUSED_MS = 3_000;

/** Pure; time is an argument. */
export class Punctuality {
  /** How long the page had the computer when it wanted it, in ms. */
  quietMs = 0;
  #dueMs: number | null = null;
  #busyUntilMs = -Infinity;

  /** A tick of the timer. */
  onTick(nowMs: number): void {
    const late = this.#dueMs !== null && nowMs - this.#dueMs > LATE_MS;
    if (late) this.#busyUntilMs = nowMs + EXCUSED_MS;
    else this.quietMs += TICK_MS;
    this.#dueMs = nowMs + TICK_MS;
  }

  /** Whether the page is busy, or was a moment ago; also where no tick came for longer than it should. */
  isBusy(nowMs: number): boolean {
    return nowMs < this.#busyUntilMs || (this.#dueMs !== null && nowMs - this.#dueMs > LATE_MS);
  }
}

export class BusyPage {
  #punctuality = new Punctuality();
  #timer = 0;

  start(): void {
    this.stop();
    this.#punctuality = new Punctuality();
    this.#timer = window.setInterval(() => {
      // Browsers slow the timers of a hidden page down; that is no lack of computing power.
      if (document.hidden) this.#punctuality = new Punctuality();
      else this.#punctuality.onTick(performance.now());
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get isBusy(): boolean {
    return this.#punctuality.isBusy(performance.now());
  }

  /** How long it was not busy since the start, in ms: at most the time that has passed. */
  get quietMs(): number {
    return this.#punctuality.quietMs;
  }
}
