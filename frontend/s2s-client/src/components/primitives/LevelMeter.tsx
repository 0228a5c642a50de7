import { useEffect, useRef } from "react";

/** Ten times a second, past React. */
const PERIOD_MS = 100;

/** How loud it is now, as a bar with its name. `read` gives 0 to 1. */
export function LevelMeter({ label, read }: { readonly label: string; readonly read: () => number }) {
  const bar = useRef<HTMLMeterElement>(null);
  const reader = useRef(read);
  useEffect(() => {
    reader.current = read;
  });
  useEffect(() => {
    const timer = setInterval(() => {
      if (bar.current) bar.current.value = reader.current();
    }, PERIOD_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return (
    <label className="level-row">
      <span>{label}</span>
      <meter className="level" min={0} max={1} ref={bar} />
    </label>
  );
}
