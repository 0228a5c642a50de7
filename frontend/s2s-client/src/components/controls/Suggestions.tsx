import type { Live } from "../../state/sessionState";

interface Props {
  readonly state: Live;
  readonly onSpeakerMode: () => void;
  readonly onIgnore: () => void;
  readonly onUnmute: () => void;
}

/** Suggestions of the page, with a button each. */
export function Suggestions({ state, onSpeakerMode, onIgnore, onUnmute }: Props) {
  return (
    <div aria-live="polite" className="offers">
      {state.heldBack && (
        <p className="offer">
          <span>Click anywhere to turn sound back on.</span>
        </p>
      )}
      {state.speaksMuted && (
        <div className="offer">
          <span>You’re muted. The AI can’t hear you.</span>
          <button type="button" className="button" onClick={onUnmute}>
            Unmute
          </button>
        </div>
      )}
      {state.echoing && (
        <div className="offer">
          <span>The AI can hear itself. Use headphones or turn on speaker mode.</span>
          <button type="button" className="button" onClick={onSpeakerMode}>
            Turn on speaker mode
          </button>
          <button type="button" className="button" onClick={onIgnore}>
            Not now
          </button>
        </div>
      )}
    </div>
  );
}
