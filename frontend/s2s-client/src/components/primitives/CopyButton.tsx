import { Check, Copy } from "lucide-react";
import { useState } from "react";

/** Says in its own words whether it worked: some browsers and addresses forbid the clipboard. */
export function CopyButton({ words, text }: { readonly words: string; readonly text: () => string }) {
  const [state, setState] = useState<"ready" | "copied" | "refused">("ready");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setState("copied");
    } catch {
      setState("refused");
    }
  };
  const Icon = state === "copied" ? Check : Copy;
  return (
    <>
      <button type="button" className="button" onClick={() => void copy()}>
        <Icon aria-hidden="true" />
        {words}
      </button>
      <span className="hint" role="status">
        {state === "copied" && "Copied."}
        {state === "refused" && "Your browser doesn’t allow it. Select the text and copy it."}
      </span>
    </>
  );
}
