/** Keeps what the browser shows, each picture with the time until the next, and makes one small file of it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import type { CDPSession, Page } from "@playwright/test";

const PICTURES_A_SECOND = 5;
const WIDTH = 750;
const HEIGHT = 480;
/** Below, what is nearly like the picture before is left as it was: traces of old words stay on a pale ground. */
const QUALITY = 72;
/** The strip below, with what a viewer cannot hear. */
const STRIP = 36;
const FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

export class Film {
  readonly #shownAtS: number[] = [];
  readonly #words: { readonly text: string; readonly atS: number }[] = [];

  private constructor(
    private readonly page: Page,
    private readonly browser: CDPSession,
    private readonly folder: string,
  ) {
    browser.on("Page.screencastFrame", ({ data, metadata, sessionId }) => {
      writeFileSync(`${folder}/${this.#shownAtS.length}.jpg`, Buffer.from(data, "base64"));
      this.#shownAtS.push(metadata.timestamp ?? Date.now() / 1000);
      void browser.send("Page.screencastFrameAck", { sessionId });
    });
  }

  static async of(page: Page, folder: string): Promise<Film> {
    mkdirSync(folder, { recursive: true });
    const film = new Film(page, await page.context().newCDPSession(page), folder);
    await film.browser.send("Page.startScreencast", { format: "jpeg", quality: 92, everyNthFrame: 3 });
    return film;
  }

  /** Words for the strip, from now on. */
  scene(text: string): void {
    this.#words.push({ text, atS: Date.now() / 1000 });
  }

  /** Time to look: the only thing that a film needs and a story must not have. */
  async rest(ms: number): Promise<void> {
    await this.page.waitForTimeout(ms);
  }

  async save(path: string): Promise<void> {
    await this.browser.send("Page.stopScreencast");
    const endS = Date.now() / 1000;
    const at = this.#shownAtS;
    const list = at.map((shownAtS, picture) => `file ${picture}.jpg\nduration ${((at[picture + 1] ?? endS) - shownAtS).toFixed(3)}`);
    // The last one is named twice: ffmpeg forgets how long it lasts.
    writeFileSync(`${this.folder}/list.txt`, [...list, `file ${at.length - 1}.jpg`].join("\n"));
    writeFileSync(`${this.folder}/filters.txt`, this.#filters(endS));
    // A window that changes its size in mid-film is fitted by the one filter that expects it.
    const input = ["-v", "error", "-y", "-reinit_filter", "0", "-f", "concat", "-i", `${this.folder}/list.txt`, "-filter_script:v", `${this.folder}/filters.txt`];
    const small = ["-c:v", "libwebp_anim", "-lossless", "0", "-quality", String(QUALITY), "-compression_level", "6", "-loop", "0"];
    execFileSync("ffmpeg", [...input, ...small, path], { stdio: "inherit" });
    console.log(`${path}: ${Math.round(endS - (at[0] ?? endS))} s, ${at.length} pictures`);
  }

  #filters(endS: number): string {
    const startS = this.#shownAtS[0] ?? endS;
    const words = this.#words.map(({ text, atS }, scene) => {
      writeFileSync(`${this.folder}/scene-${scene}.txt`, text);
      const [from, to] = [atS, this.#words[scene + 1]?.atS ?? endS + 1].map((s) => (s - startS).toFixed(2));
      const place = `fontfile=${FONT}:fontsize=14:fontcolor=white:x=(w-text_w)/2:y=${HEIGHT + STRIP / 2}-text_h/2`;
      return `drawtext=textfile=${this.folder}/scene-${scene}.txt:${place}:enable='gte(t,${from})*lt(t,${to})'`;
    });
    const fitted = `scale=${WIDTH}:${HEIGHT}:force_original_aspect_ratio=decrease:flags=lanczos`;
    const framed = `pad=${WIDTH}:${HEIGHT}:(ow-iw)/2:(oh-ih)/2:color=0x1f2430:eval=frame`;
    const strip = `pad=${WIDTH}:${HEIGHT + STRIP}:0:0:color=0x1f2430`;
    return [fitted, framed, strip, `fps=${PICTURES_A_SECOND}`, ...words].join(",\n");
  }
}
