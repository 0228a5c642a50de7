/** One examination after the other, as a store for a screen. Knows no React. */
import { BrowserWorld, type RunningCall } from "./browserEnvironment";
import { examine } from "./diagnosticSteps";
import type { Finding } from "./findings";
import type { Devices } from "./audioCheck";

export interface Examination {
  /** Which step runs, by its place; null when none does. */
  readonly step: number | null;
  readonly findings: readonly Finding[];
  readonly running: boolean;
  readonly done: boolean;
}

const NOTHING: Examination = { step: null, findings: [], running: false, done: false };

export class Examiner {
  #now = NOTHING;
  #stop: AbortController | null = null;
  #world: BrowserWorld | null = null;
  readonly #listeners = new Set<() => void>();

  readonly getSnapshot = (): Examination => this.#now;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** For a meter, 0 to 1. */
  readonly read = (): number => this.#world?.read() ?? 0;

  /** Call it in a click: it plays sound. */
  start(baseUrl: string, devices: Devices, call: RunningCall | null): void {
    this.stop();
    const stop = (this.#stop = new AbortController());
    const world = (this.#world = new BrowserWorld(baseUrl, devices, call));
    this.#tell({ step: 0, findings: [], running: true, done: false });
    void this.#run(world, stop.signal);
  }

  /** Frees microphone and connections; what was found stays. */
  readonly stop = (): void => {
    this.#stop?.abort(new DOMException("the check was stopped", "AbortError"));
    this.#stop = null;
    this.#world?.close();
    this.#world = null;
    if (this.#now.running) this.#tell({ step: null, running: false });
  };

  async #run(world: BrowserWorld, signal: AbortSignal): Promise<void> {
    try {
      await examine(
        world,
        {
          onStep: (_, step) => {
            this.#tell({ step });
          },
          onFindings: (found) => {
            this.#tell({ findings: [...this.#now.findings, ...found] });
          },
        },
        signal,
      );
      this.#tell({ step: null, running: false, done: true });
    } catch (reason) {
      if (!signal.aborted) throw reason;
    } finally {
      world.close();
    }
  }

  #tell(news: Partial<Examination>): void {
    this.#now = { ...this.#now, ...news };
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}
