/** One examination after the other, as a store for a screen. Knows no React. */
import { BrowserEnvironment, type RunningCall } from "./browserEnvironment";
import { runDiagnostics } from "./diagnosticSteps";
import type { Finding } from "./findings";
import type { Devices } from "./audioCheck";

export interface DiagnosticsState {
  /** Which step runs, by its place; null when none does. */
  readonly step: number | null;
  readonly findings: readonly Finding[];
  readonly running: boolean;
  readonly done: boolean;
}

const NOTHING: DiagnosticsState = { step: null, findings: [], running: false, done: false };

export class DiagnosticsRunner {
  #now = NOTHING;
  #stop: AbortController | null = null;
  #environment: BrowserEnvironment | null = null;
  readonly #listeners = new Set<() => void>();

  readonly getSnapshot = (): DiagnosticsState => this.#now;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** For a meter, 0 to 1. */
  readonly read = (): number => this.#environment?.read() ?? 0;

  /** Call it in a click: it plays sound. */
  start(baseUrl: string, devices: Devices, call: RunningCall | null, callerHeaders: () => Promise<Record<string, string>>): void {
    this.stop();
    const stop = (this.#stop = new AbortController());
    const world = (this.#environment = new BrowserEnvironment(baseUrl, devices, call, callerHeaders));
    this.#notify({ step: 0, findings: [], running: true, done: false });
    void this.#run(world, stop.signal);
  }

  /** Frees microphone and connections; what was found stays. */
  readonly stop = (): void => {
    this.#stop?.abort(new DOMException("the check was stopped", "AbortError"));
    this.#stop = null;
    this.#environment?.close();
    this.#environment = null;
    if (this.#now.running) this.#notify({ step: null, running: false });
  };

  async #run(world: BrowserEnvironment, signal: AbortSignal): Promise<void> {
    try {
      await runDiagnostics(
        world,
        {
          onStep: (_, step) => {
            this.#notify({ step });
          },
          onFindings: (found) => {
            this.#notify({ findings: [...this.#now.findings, ...found] });
          },
        },
        signal,
      );
      this.#notify({ step: null, running: false, done: true });
    } catch (reason) {
      if (!signal.aborted) throw reason;
    } finally {
      world.close();
    }
  }

  #notify(news: Partial<DiagnosticsState>): void {
    this.#now = { ...this.#now, ...news };
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}
