/** The talk button: held by finger, mouse, Space or Enter. Anything that interrupts the hold ends it. */
export class HoldButton {
  #held = false;
  readonly #stop = new AbortController();

  constructor(
    button: HTMLButtonElement,
    private readonly onTalk: (down: boolean) => void,
  ) {
    const { signal } = this.#stop;
    const release = (): void => {
      this.#set(false);
    };
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      button.setPointerCapture(event.pointerId);
      this.#set(true);
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) button.addEventListener(end, release);
    button.addEventListener("contextmenu", (event) => {
      event.preventDefault();
    });
    button.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.#set(true);
    });
    button.addEventListener("keyup", (event) => {
      if (event.key === "Enter" || event.key === " ") this.#set(false);
    });
    // A screen reader sends plain clicks: the first one starts, the next one ends.
    button.addEventListener("click", ({ detail }) => {
      if (detail === 0) this.#set(!this.#held);
    });
    window.addEventListener("blur", release, { signal });
    document.addEventListener("visibilitychange", release, { signal });
  }

  close(): void {
    this.#stop.abort();
  }

  #set(down: boolean): void {
    if (this.#held === down) return;
    this.#held = down;
    this.onTalk(down);
  }
}
