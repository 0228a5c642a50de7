/**
 * Lets the buttons of a headset reach the page. Browsers give them to the page that plays media, and the voice of a call, which
 * comes out of an AudioContext, is none (measured with Chromium 156 over MPRIS). So silence plays while a call lasts.
 */
import silenceUrl from "./silence.flac?url&no-inline";

export class MediaKeys {
  #silence: HTMLAudioElement | null = null;

  /** Call it in a click: browsers let only a gesture start sound. */
  acquire(): void {
    this.#silence ??= new Audio(silenceUrl);
    this.#silence.loop = true;
    this.#silence.play().catch((fault: unknown) => {
      console.info("S2S: the buttons of a headset do not reach this page.", fault);
    });
  }

  release(): void {
    this.#silence?.pause();
  }
}
