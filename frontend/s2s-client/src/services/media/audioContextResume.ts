/**
 * Keeps an AudioContext running. Browsers suspend it until the first touch after a reload, during a phone call, and while the
 * output moves to another loudspeaker. A context that does not resume automatically resumes at the user's next touch.
 */

/** Resolves once the context runs, or at once if only a touch can start it. Rejects if the browser refuses. */
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
    // A touch does not help while the output moves to another loudspeaker.
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

/** Whether the user has not touched this page since it was loaded. */
function needsTouch(): boolean {
  return !((navigator as { userActivation?: { hasBeenActive: boolean } }).userActivation?.hasBeenActive ?? true);
}
