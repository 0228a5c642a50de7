/**
 * Routes a headset's buttons to the page. Browsers send them to the page that plays media, and the model audio of a call does
 * not count because it comes from an AudioContext (measured with Chromium 156 over MPRIS). So a silent file plays during a
 * call.
 */
import silenceUrl from "./silence.flac?url&no-inline";

export class MediaKeys {
  #silence: HTMLAudioElement | null = null;

  /** Starts receiving the buttons. Call it in a click: browsers require a user gesture to start audio. */
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
