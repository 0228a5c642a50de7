/** The line on its canvas: draws when something has changed, takes pointer, wheel and keys. Knows no React. */
import { onThemeChanged } from "../../../shared/theme";
import type { RecordedCall } from "../callRecord";
import { drawTimeline, TIMELINE_HEIGHT_PX, type Palette, type Picture } from "./drawTimeline";
import { peaksOf } from "./peaks";
import type { Player } from "./player";
import { fit, pan, resized, showing, toMs, type View, zoom } from "./viewport";

const STEP_MS = 1_000;
const LONG_STEP_MS = 10_000;

export class TimelineCanvas {
  readonly #canvas = document.createElement("canvas");
  readonly #picture: Picture;
  readonly #stop = new AbortController();
  readonly #size = new ResizeObserver(() => {
    this.#resize();
  });
  #view: View;
  #positionMs = 0;
  #asked = 0;

  /** `onPosition` is called for every picture. */
  constructor(
    private readonly box: HTMLElement,
    { record, sound }: RecordedCall,
    private readonly player: Player | null,
    private readonly onPosition: (ms: number) => void,
  ) {
    const nothing = new Uint8Array(0);
    this.#picture = { items: record.items, person: sound ? peaksOf(sound.person) : nothing, ai: sound ? peaksOf(sound.ai) : nothing };
    this.#view = fit(record.durationMs, box.clientWidth);
    // The list and the slider say and do the same for those who do not see it.
    this.#canvas.setAttribute("aria-hidden", "true");
    // Before the box is watched: a box that grows while it tells its size is a fault to the page's error handler.
    this.#canvas.style.height = `${TIMELINE_HEIGHT_PX}px`;
    box.append(this.#canvas);
    this.#listen();
    this.#size.observe(box);
  }

  get #at(): number {
    return this.player?.positionMs ?? this.#positionMs;
  }

  toggle(): void {
    if (this.player?.playing) this.player.pause();
    else this.player?.play();
  }

  /** The player has begun or stopped. */
  onPlaying(playing: boolean): void {
    if (playing) this.#ask();
  }

  seek(ms: number): void {
    this.#positionMs = Math.min(this.#view.durationMs, Math.max(0, ms));
    this.player?.seek(this.#positionMs);
    this.#show(showing(this.#view, this.#positionMs));
  }

  zoom(factor: number): void {
    this.#show(showing(zoom(this.#view, factor, this.#at), this.#at));
  }

  fit(): void {
    this.#show(fit(this.#view.durationMs, this.#view.widthPx));
  }

  /** False where the key is not ours. */
  key(key: string, far: boolean): boolean {
    const step = far ? LONG_STEP_MS : STEP_MS;
    if (key === "ArrowRight" || key === "ArrowUp") this.seek(this.#at + step);
    else if (key === "ArrowLeft" || key === "ArrowDown") this.seek(this.#at - step);
    else if (key === "PageUp") this.seek(this.#at + LONG_STEP_MS);
    else if (key === "PageDown") this.seek(this.#at - LONG_STEP_MS);
    else if (key === "+" || key === "=") this.zoom(2);
    else if (key === "-") this.zoom(0.5);
    else if (key === " ") this.toggle();
    else return false;
    return true;
  }

  close(): void {
    cancelAnimationFrame(this.#asked);
    this.#stop.abort();
    this.#size.disconnect();
    this.#canvas.remove();
  }

  #listen(): void {
    const { signal } = this.#stop;
    const canvas = this.#canvas;
    const seekTo = (event: PointerEvent) => {
      this.seek(toMs(this.#view, event.clientX - canvas.getBoundingClientRect().left));
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      seekTo(event);
    }, { signal });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) seekTo(event);
    }, { signal });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const atMs = toMs(this.#view, event.offsetX);
      if (event.ctrlKey) this.#show(zoom(this.#view, Math.exp(-event.deltaY / 200), atMs));
      else this.#show(pan(this.#view, event.deltaX || event.deltaY));
    }, { signal, passive: false });
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", () => { this.#ask(); }, { signal });
    }
    signal.addEventListener("abort", onThemeChanged(() => { this.#ask(); }));
  }

  #resize(): void {
    const width = this.box.clientWidth;
    const scale = devicePixelRatio;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(TIMELINE_HEIGHT_PX * scale);
    this.#canvas.style.width = `${width}px`;
    this.#canvas.getContext("2d")?.setTransform(scale, 0, 0, scale, 0, 0);
    this.#show(resized(this.#view, width));
  }

  #show(view: View): void {
    this.#view = view;
    this.#ask();
  }

  #ask(): void {
    cancelAnimationFrame(this.#asked);
    this.#asked = requestAnimationFrame(this.#draw);
  }

  readonly #draw = (): void => {
    const brush = this.#canvas.getContext("2d");
    const playing = this.player?.playing ?? false;
    const positionMs = this.#at;
    if (playing) this.#view = showing(this.#view, positionMs);
    if (brush) drawTimeline(brush, this.#view, this.#picture, positionMs, paletteOf(this.#canvas));
    this.onPosition(positionMs);
    if (playing) this.#ask();
  };
}

function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: colour("--ink"),
    soft: colour("--soft"),
    edge: colour("--edge"),
    person: colour("--person"),
    personWash: colour("--person-wash"),
    voice: colour("--voice"),
    alert: colour("--alert"),
    surface: colour("--surface"),
    font: `12px ${style.fontFamily}`,
  };
}
