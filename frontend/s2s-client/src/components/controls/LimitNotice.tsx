import type { Warning } from "../../state/limitWarnings";
import { isIdle } from "../../state/limitWarnings";
import { Countdown } from "../primitives/Countdown";

interface Props {
  readonly warning: Warning | null;
  readonly onStay: () => void;
  readonly onIgnore: () => void;
}

/** A limit that is near: what it is, how long there is still, and what one can do. */
export function LimitNotice({ warning, onStay, onIgnore }: Props) {
  return (
    <div aria-live="polite" className="offers">
      {warning && (
        <div className="offer" data-code={warning.code}>
          <span>
            {warning.message} {warning.hint}
          </span>
          {warning.endsAtMs !== null && (
            <span>
              Ends in <Countdown untilMs={warning.endsAtMs} />
            </span>
          )}
          {isIdle(warning) ? (
            <button type="button" className="button" onClick={onStay}>
              I’m still here
            </button>
          ) : (
            <button type="button" className="button" onClick={onIgnore}>
              OK
            </button>
          )}
        </div>
      )}
    </div>
  );
}
