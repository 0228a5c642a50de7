import { Timer } from "lucide-react";

interface Props {
  readonly latencyMs: number | null;
  readonly onOpen: () => void;
}

/** Last turn's voice-to-voice, measured at this machine's microphone and loudspeaker; what it consists of is behind it. */
export function LatencyBadge({ latencyMs, onOpen }: Props) {
  if (latencyMs === null) return null;
  return (
    <button type="button" className="quiet" aria-haspopup="dialog" title="From the end of your words to the first sound of the answer, measured on this device" onClick={onOpen}>
      <Timer aria-hidden="true" />
      <span>
        Replied in <strong>{(latencyMs / 1000).toFixed(1)} s</strong>
      </span>
    </button>
  );
}
