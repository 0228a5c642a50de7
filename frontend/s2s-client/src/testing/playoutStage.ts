/** For the tests of the playout buffer: a loudspeaker and a network on a table. */
import type { PlayedReport } from "../types";
import { OUTPUT_SAMPLES } from "../types/wire.gen";
import { PlayoutBuffer } from "../audio/playoutBuffer";

export const QUANTUM = 128;
export const MS = 24;

/** Frames in, samples and reports out; time passes when `play` says so. */
export class Stage {
  readonly reports: PlayedReport[] = [];
  readonly heard: number[] = [];
  readonly buffer = new PlayoutBuffer((report) => this.reports.push(report));
  seq = 0;

  frame(turn: number, { value = 0.5, last = false, seq = this.seq++ } = {}): void {
    this.buffer.push({ turn, seq, last, pcm: new Float32Array(OUTPUT_SAMPLES).fill(value) });
  }

  frames(turn: number, count: number, { value = 0.5, last = false } = {}): void {
    for (let n = 1; n <= count; n++) this.frame(turn, { value, last: last && n === count });
  }

  /** Lets `ms` pass, to whole quanta upwards; gives what sounded. */
  play(ms: number): number[] {
    const out: number[] = [];
    for (let done = 0; done < ms * MS; done += QUANTUM) {
      const quantum = new Float32Array(QUANTUM);
      this.buffer.pull(quantum);
      out.push(...quantum);
    }
    for (const sample of out) this.heard.push(sample);
    return out;
  }

  told(kind: PlayedReport["kind"]): PlayedReport[] {
    return this.reports.filter((report) => report.kind === kind);
  }
}
