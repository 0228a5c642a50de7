import type { Outage } from "../../types";
import { Countdown, useSecondsUntil } from "../primitives/Countdown";

interface Props {
  readonly outage: Outage | null;
  /** The user speaks into a microphone that is on. */
  readonly speaks: boolean;
  readonly onTryNow: () => void;
}

/** While the connection is lost: when it is tried again, a way to do that now, and whether speech is still kept. */
export function OutageNotice({ outage, speaks, onTryNow }: Props) {
  return (
    <div aria-live="polite" className="offers">
      {outage && (
        <div className="offer outage">
          {speaks && <KeptSpeech untilMs={outage.keptUntilMs} />}
          {/* The button's place is kept while a try is made, and so is the keyboard's. */}
          <span className="retry-at">
            {outage.nextTryAtMs === null ? "Trying to reconnect…" : <>Retrying in <Countdown untilMs={outage.nextTryAtMs} /></>}
          </span>
          <button type="button" className="button" aria-disabled={outage.nextTryAtMs === null} onClick={onTryNow}>
            Try now
          </button>
        </div>
      )}
    </div>
  );
}

/** A promise while it holds: after ten seconds the first words are dropped. */
function KeptSpeech({ untilMs }: { readonly untilMs: number }) {
  const kept = useSecondsUntil(untilMs) > 0;
  return <span>{kept ? "We’ll keep the last 10 seconds of what you say." : "Hold on: what you say now may be lost."}</span>;
}
