import { Captions, CaptionsOff, History, Settings as Gear } from "lucide-react";

interface Props {
  readonly captions: boolean;
  readonly onCaptions: () => void;
  readonly onPastCalls: () => void;
  readonly onSettings: () => void;
}

/** What is about the page and not about the call. */
export function Toolbar({ captions, onCaptions, onPastCalls, onSettings }: Props) {
  const Icon = captions ? Captions : CaptionsOff;
  return (
    <div className="toolbar" role="group" aria-label="Page">
      <button type="button" className="button icon" aria-label="Captions" aria-pressed={captions} title="Captions (C)" onClick={onCaptions}>
        <Icon aria-hidden="true" />
      </button>
      <button type="button" className="button icon" aria-label="History" aria-haspopup="dialog" title="History" onClick={onPastCalls}>
        <History aria-hidden="true" />
      </button>
      <button type="button" className="button icon" aria-label="Settings" title="Settings (S)" onClick={onSettings}>
        <Gear aria-hidden="true" />
      </button>
    </div>
  );
}
