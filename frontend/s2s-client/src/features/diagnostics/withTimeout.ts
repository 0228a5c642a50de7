/** Waits for `work`, at most `limitMs`: then an Error with `words`. Rejects at once when the signal is given. */
export async function withTimeout<T>(work: Promise<T>, limitMs: number, words: string, signal: AbortSignal): Promise<T> {
  const stop = new AbortController();
  const end = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(words));
    }, limitMs);
    const onAbort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", onAbort, { signal: stop.signal });
    stop.signal.addEventListener("abort", () => {
      clearTimeout(timer);
    });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    stop.abort();
  }
}

/** Lets time pass; rejects at once when the signal is given. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await withTimeout(over, ms + 60_000, "", signal);
  } finally {
    clearTimeout(timer);
  }
}
