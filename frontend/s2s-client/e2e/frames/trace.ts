/** A trace of Chromium, counted: what a picture of the page costs, and who had it. Pure. */

export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds: when it began, how long it lasted, and how much of that its thread was really running. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Milliseconds of processor time are means per picture, where nothing else is said. */
export interface Costs {
  readonly pictures: number;
  readonly perSecond: number;
  /** Milliseconds from one picture to the next. */
  readonly gapP50Ms: number;
  readonly gapP95Ms: number;
  /** Share of pictures that came more than 25 ms after the one before. */
  readonly late: number;
  /** All that the page's main thread did from one picture to the next, whoever draws it, and the 95th percentile of it. */
  readonly mainMs: number;
  readonly mainP95Ms: number;
  /** Of it: our own drawing; the canvas painted; style, layout and the page painted; sound, messages and React. */
  readonly drawMs: number;
  readonly canvasMs: number;
  readonly pageMs: number;
  readonly restMs: number;
  /** The thread that draws beside the page, where there is one. */
  readonly asideMs: number;
}

const LATE_US = 25_000;
const FRAME = "FireAnimationFrame";
const TASK = "ThreadControllerImpl::RunTask";

const threadOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
const cpuMs = ({ tdur, dur = 0 }: TraceEvent): number => (tdur ?? dur) / 1000;
const sumMs = (events: readonly TraceEvent[]): number => events.reduce((sum, event) => sum + cpuMs(event), 0);

/** `events` of one page; `mainThread` as `pid tid`. Throws where nothing was drawn. */
export function costsOf(events: readonly TraceEvent[], mainThread: string): Costs {
  const whole = events.filter(({ ph }) => ph === "X");
  const own = whole.filter((event) => threadOf(event) === mainThread).sort((one, other) => one.ts - other.ts);
  const named = (name: string) => own.filter((event) => event.name === name);
  const frames = onePerPicture(byBusiest(whole.filter(({ name }) => name === FRAME)));
  const pictures = frames.length;
  const [first, last] = [frames[0], frames.at(-1)];
  if (!first || !last || first === last) throw new Error("the page drew nothing");
  const gapsUs = frames.slice(1).map(({ ts }, at) => ts - (frames[at]?.ts ?? 0));
  const tasks = outermost(named(TASK));
  const inFrames = sumMs(named("ProxyMain::BeginMainFrame"));
  const each = (ms: number): number => ms / pictures;
  const draw = sumMs(named(FRAME));
  const canvas = sumMs(named("LayerTreeHost::DoUpdateLayers"));
  const aside = new Set(whole.filter(({ name }) => name === FRAME).map(threadOf));
  aside.delete(mainThread);
  return {
    pictures,
    perSecond: (1e6 * (pictures - 1)) / (last.ts - first.ts),
    gapP50Ms: share(gapsUs, 0.5) / 1000,
    gapP95Ms: share(gapsUs, 0.95) / 1000,
    late: gapsUs.filter((us) => us > LATE_US).length / gapsUs.length,
    mainMs: each(sumMs(tasks)),
    mainP95Ms: share(between(frames, tasks), 0.95),
    drawMs: each(draw),
    canvasMs: each(canvas),
    pageMs: each(inFrames - draw - canvas),
    restMs: each(sumMs(tasks) - inFrames),
    asideMs: each(sumMs(outermost(whole.filter((event) => event.name === TASK && aside.has(threadOf(event)))))),
  };
}

/** Of all threads' callbacks those of the one with the most: what moves is drawn beside the page where that can be. */
function byBusiest(callbacks: readonly TraceEvent[]): TraceEvent[] {
  const threads = [...new Set(callbacks.map(threadOf))].map((thread) => callbacks.filter((one) => threadOf(one) === thread));
  const [busiest = []] = threads.sort((one, other) => other.length - one.length);
  return busiest.toSorted((one, other) => one.ts - other.ts);
}

/** Several callbacks of one picture begin within a few milliseconds, on one page and one clock. */
function onePerPicture(callbacks: readonly TraceEvent[]): TraceEvent[] {
  return callbacks.filter(({ ts }, at) => ts - (callbacks[at - 1]?.ts ?? -Infinity) > 2_000);
}

function outermost(tasks: readonly TraceEvent[]): TraceEvent[] {
  let endUs = -Infinity;
  return tasks.toSorted((one, other) => one.ts - other.ts).filter(({ ts, dur = 0 }) => {
    if (ts < endUs) return false;
    endUs = ts + dur;
    return true;
  });
}

/** Processor time from each picture to the next. */
function between(frames: readonly TraceEvent[], tasks: readonly TraceEvent[]): number[] {
  const sums = frames.slice(1).map(() => 0);
  let frame = 0;
  for (const task of tasks) {
    while (frame < frames.length && (frames[frame]?.ts ?? 0) < task.ts + (task.dur ?? 0)) frame++;
    if (frame > 0 && frame <= sums.length) sums[frame - 1] = (sums[frame - 1] ?? 0) + cpuMs(task);
  }
  return sums;
}

function share(values: readonly number[], quantile: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.round(quantile * (sorted.length - 1))] ?? 0;
}
