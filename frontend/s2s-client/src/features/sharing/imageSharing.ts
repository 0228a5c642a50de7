/** What the person shows the AI: pictures, and one camera or screen at a time. Its heavier parts are fetched when used. */
import type { PageApi } from "../../services/pageApi";
import { CallFailure } from "../../shared/callErrors";
import { sessionOf, type SessionStore } from "../../state/sessionState";
import { type Facing, firstFacing, openSource, type Source } from "./mediaSources";
import type { FramePacer } from "./framePacer";

/** A frame that takes longer is old. */
const FRAME_LIMIT_MS = 4_000;

export class ImageSharing {
  #stream: MediaStream | null = null;
  #pacer: FramePacer | null = null;
  #facing: Facing | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly store: SessionStore,
    private readonly api: PageApi,
  ) {
    store.subscribe(() => {
      if (this.#stream && store.getSnapshot().status !== "live") this.stop();
    });
  }

  /** What is shared now, for the preview; null: nothing. */
  readonly getStream = (): MediaStream | null => this.#stream;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Shows a picture. False where it was not taken; the transcript then says why. */
  readonly picture = async (file: Blob): Promise<boolean> => {
    try {
      const { PICTURE, readPicture, resizeImage, thumbnail } = await import("./imageResize");
      const image = await readPicture(file).catch((reason: unknown) => {
        throw new CallFailure("picture-unreadable", { cause: reason });
      });
      const { width, height } = image;
      const shrunk = await resizeImage(image, width, height, PICTURE);
      if (!shrunk) throw new CallFailure("picture-unreadable");
      await this.#send(shrunk.jpeg, "picture");
      this.store.dispatch({ type: "pictured", url: thumbnail(image, width, height) });
      image.close();
      return true;
    } catch (reason) {
      this.#say(reason);
      return false;
    }
  };

  /** Opens camera or screen and shows a frame of it each second, until `stop`, the call's end, or the source's. */
  readonly watch = async (source: Source): Promise<void> => {
    this.stop();
    await this.#open(source);
  };

  /** Changes to the other camera of a phone. */
  readonly flip = async (): Promise<void> => {
    this.#facing = this.#facing === "environment" ? "user" : "environment";
    // Phones open one camera at a time.
    this.#close();
    await this.#open("camera");
  };

  /** Nothing is shown any more. Safe to call at any time. */
  readonly stop = (): void => {
    this.#close();
    this.store.dispatch({ type: "watched", source: null });
  };

  async #open(source: Source): Promise<void> {
    try {
      const stream = await openSource(source, (this.#facing ??= firstFacing()));
      if (!stream) return;
      if (this.store.getSnapshot().status !== "live") {
        end(stream);
        return;
      }
      stream.getVideoTracks()[0]?.addEventListener("ended", this.stop);
      this.#set(stream);
      this.store.dispatch({ type: "watched", source });
      await this.#begin(stream, source);
    } catch (reason) {
      this.stop();
      this.#say(reason);
    }
  }

  #close(): void {
    this.#pacer?.stop();
    this.#pacer = null;
    const stream = this.#stream;
    if (stream) end(stream);
    this.#set(null);
  }

  #set(stream: MediaStream | null): void {
    this.#stream = stream;
    this.#listeners.forEach((listener) => {
      listener();
    });
  }

  async #begin(stream: MediaStream, source: Source): Promise<void> {
    const [{ FramePacer }, { FRAME, resizeImage }] = await Promise.all([import("./framePacer"), import("./imageResize")]);
    const video = document.createElement("video");
    video.muted = video.playsInline = true;
    video.srcObject = stream;
    await video.play();
    if (this.#stream !== stream) return;
    const frame = async (): Promise<boolean> => {
      // A source that has not begun has no size.
      if (video.videoWidth === 0) return true;
      const shrunk = await resizeImage(video, video.videoWidth, video.videoHeight, FRAME);
      if (shrunk) await this.#send(shrunk.jpeg, source, AbortSignal.timeout(FRAME_LIMIT_MS));
      return true;
    };
    this.#pacer = new FramePacer({
      frame: () => frame().catch((reason: unknown) => this.#mayGoOn(reason)),
      onEnd: this.stop,
    });
  }

  /** A frame that did not arrive is forgotten; a model that takes none ends it, with words. */
  #mayGoOn(reason: unknown): boolean {
    const refused = reason instanceof CallFailure && reason.failure.code === "pictures-not-taken";
    if (refused) this.#say(reason);
    else console.info("S2S: a frame did not arrive.", reason);
    return !refused;
  }

  async #send(jpeg: Blob, source: Source | "picture", signal?: AbortSignal): Promise<void> {
    const session = sessionOf(this.store.getSnapshot());
    if (session === null) throw new CallFailure("session-gone");
    await this.api.sendImage(session, jpeg, source, signal);
  }

  #say(reason: unknown): void {
    if (!(reason instanceof CallFailure)) console.error(reason);
    const { failure } = reason instanceof CallFailure ? reason : new CallFailure("picture-unreadable");
    this.store.dispatch({ type: "remark", failure });
  }
}

function end(stream: MediaStream): void {
  stream.getTracks().forEach((track) => {
    track.stop();
  });
}
