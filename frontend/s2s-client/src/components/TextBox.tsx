import { SendHorizontal } from "lucide-react";
import { useState } from "react";
import { MAX_TEXT_CHARS } from "../types";

interface Props {
  readonly enabled: boolean;
  readonly onSend: (text: string) => void;
}

/** For those who would rather type. */
export function TextBox({ enabled, onSend }: Props) {
  const [text, setText] = useState("");
  const words = text.trim();
  return (
    <form
      className="text-box"
      onSubmit={(event) => {
        event.preventDefault();
        if (!enabled || words === "") return;
        onSend(words);
        setText("");
      }}
    >
      <input
        type="text"
        aria-label="Type to the AI"
        placeholder={enabled ? "Or type here" : "Start a conversation to type"}
        value={text}
        maxLength={MAX_TEXT_CHARS}
        disabled={!enabled}
        autoComplete="off"
        enterKeyHint="send"
        onChange={(event) => {
          setText(event.target.value);
        }}
      />
      <button type="submit" className="button icon" aria-label="Send" disabled={!enabled || words === ""}>
        <SendHorizontal aria-hidden="true" />
      </button>
    </form>
  );
}
