import { Download } from "lucide-react";
import { useEffect, useState } from "react";
import { HOW_TO_KEEP_SOUND } from "../../../components/primitives/KeepSoundSwitch";
import type { RecordedCall } from "../callRecord";
import { download, type Kind, KINDS } from "./downloadFormats";
import { makesOpus } from "./opusSupport";

/** null until the browser has answered. */
function useOpus(): boolean | null {
  const [opus, setOpus] = useState<boolean | null>(null);
  useEffect(() => {
    let gone = false;
    makesOpus().then(
      (makes) => { if (!gone) setOpus(makes); },
      (fault: unknown) => {
        console.warn("S2S: the browser's encoder does not answer.", fault);
        if (!gone) setOpus(false);
      },
    );
    return () => { gone = true; };
  }, []);
  return opus;
}

/** Every form a call can be taken home in. */
export function Downloads({ call }: { readonly call: RecordedCall }) {
  const [said, say] = useState("");
  const take = (kind: Kind) => {
    say(`Preparing: ${kind.name}`);
    download(call, kind).then(
      () => { say(`Downloaded: ${kind.name}`); },
      (fault: unknown) => {
        console.error(fault);
        say("Couldn’t create the file. There may not be enough memory. Try one without audio.");
      },
    );
  };
  const opus = useOpus();
  const kinds = KINDS.filter(({ needsSound, needsOpus }) => (call.sound || !needsSound) && (opus || !needsOpus));
  return (
    <div className="downloads">
      <ul>
        {kinds.map((kind) => (
          <li key={kind.name}>
            <button type="button" className="button download" onClick={() => { take(kind); }}>
              <Download aria-hidden="true" />
              <span>
                {kind.name}
                <span className="hint">{kind.help}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p className="hint" role="status">
        {said || "Files are created on your device."}
        {!call.sound && ` This conversation has no audio. ${HOW_TO_KEEP_SOUND}`}
        {call.sound && opus === false && " Your browser can’t make Opus, so audio is WAV only."}
      </p>
    </div>
  );
}
