import { useEffect, useState } from "react";

/** The time until a moment of the machine's clock. A screen reader may look at it, and is not told every second. */
export function Countdown({ untilMs }: { readonly untilMs: number }) {
  const leftS = useSecondsUntil(untilMs);
  return (
    <strong className="countdown" role="timer" aria-live="off">
      {leftS < 60 ? `${leftS} s` : `${Math.floor(leftS / 60)}:${String(leftS % 60).padStart(2, "0")} min`}
    </strong>
  );
}

export function useSecondsUntil(untilMs: number): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => { setNowMs(Date.now()); }, 1_000);
    return () => { clearInterval(timer); };
  }, []);
  return Math.max(0, Math.ceil((untilMs - nowMs) / 1000));
}
