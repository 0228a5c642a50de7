import type { Live } from "../../state/sessionState";

interface Props {
  readonly state: Live;
  readonly onSpeakerMode: () => void;
  readonly onIgnore: () => void;
}

/** Suggestions of the page, with a button each. */
export function Suggestions({ state, onSpeakerMode, onIgnore }: Props) {
  return (
    <div aria-live="polite" className="offers">
      {state.heldBack && (
        <p className="offer">
          <span>Your browser holds the sound back after a reload. Click or press a key to hear the AI.</span>
        </p>
      )}
      {state.echoing && (
        <div className="offer">
          <span>Your microphone hears the loudspeaker. Speaker mode closes it while the AI speaks; a headset is better still.</span>
          <button type="button" className="button" onClick={onSpeakerMode}>
            Use speaker mode
          </button>
          <button type="button" className="button" onClick={onIgnore}>
            Not now
          </button>
        </div>
      )}
    </div>
  );
}
