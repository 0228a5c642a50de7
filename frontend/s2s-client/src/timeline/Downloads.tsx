import { Download } from "lucide-react";
import { useState } from "react";
import type { RecordedCall } from "../record/callRecord";
import { download, type Kind, KINDS } from "./downloads";

/** Every form a call can be taken home in. */
export function Downloads({ call }: { readonly call: RecordedCall }) {
  const [said, say] = useState("");
  const take = (kind: Kind) => {
    say(`Making the file: ${kind.name}`);
    download(call, kind).then(
      () => { say(`Downloaded: ${kind.name}`); },
      (fault: unknown) => {
        console.error(fault);
        say("The file could not be made. There may not be enough memory; try a form without sound.");
      },
    );
  };
  const kinds = KINDS.filter(({ needsSound }) => call.sound || !needsSound);
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
        {said || "The files are made in this page; nothing is sent anywhere."}
      </p>
    </div>
  );
}
