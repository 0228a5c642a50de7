/**
 * Keeps an AudioContext running. Browsers halt it where they first want a touch after a reload, for a telephone call, and
 * while the voice moves to another loudspeaker. What does not resume automatically resumes at the user's next touch.
 */

/** Resolves when it runs, or at once where only a touch can start it. Rejects where the browser refuses. */
export function keepAudioRunning(context: AudioContext, onHeldBack: (held: boolean) => void = () => undefined): Promise<void> {
  let touches = new AbortController();
  const again = (): void => {
    context.resume().catch((fault: unknown) => {
      console.info("S2S: the sound does not start yet.", fault);
    });
  };
  const look = (): void => {
    touches.abort();
    if (context.state === "closed") return;
    // No touch helps while it moves to another loudspeaker.
    onHeldBack(context.state !== "running" && (needsTouch() || context.state === "interrupted"));
    if (context.state === "running") return;
    touches = new AbortController();
    for (const gesture of ["pointerdown", "keydown"]) window.addEventListener(gesture, again, { signal: touches.signal });
  };
  context.addEventListener("statechange", () => {
    look();
    if (context.state !== "running" && context.state !== "closed") again();
  });
  const started = context.resume();
  look();
  if (!needsTouch()) return started;
  started.catch((fault: unknown) => {
    console.info("S2S: the sound does not start yet.", fault);
  });
  return Promise.resolve();
}

/** The person has not touched this page since it was loaded. */
function needsTouch(): boolean {
  return !((navigator as { userActivation?: { hasBeenActive: boolean } }).userActivation?.hasBeenActive ?? true);
}
