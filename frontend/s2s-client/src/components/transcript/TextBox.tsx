import { ImagePlus, SendHorizontal } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { ImageSharing } from "../../features/sharing/imageSharing";
import { MAX_TEXT_CHARS } from "../../types";

const ShareControls = lazy(() => import("../../features/sharing/ShareControls"));

interface Props {
  readonly enabled: boolean;
  readonly onSend: (text: string) => void;
  /** null where the AI takes no pictures. */
  readonly showing: ImageSharing | null;
  readonly watched: "camera" | "screen" | null;
}

/** For those who would rather type, or show. */
export function TextBox({ enabled, onSend, showing, watched }: Props) {
  const [open, setOpen] = useState(false);
  const { text, setText, picture, setPicture, take, sending, ready, send } = useMessage({ enabled, onSend, showing });
  return (
    <form
      className="text-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void send();
      }}
      onDragOver={(event) => {
        if (showing && event.dataTransfer.types.includes("Files")) event.preventDefault();
      }}
      onDrop={(event) => {
        if (take(event.dataTransfer)) event.preventDefault();
      }}
    >
      {showing && (open || picture || watched) && (
        <Suspense>
          <ShareControls showing={showing} watched={watched} picture={picture} sending={sending} onPicture={setPicture} />
        </Suspense>
      )}
      <div className="text-box">
        {showing && <ShowButton open={open} onToggle={() => { setOpen(!open); }} />}
        <input
          type="text"
          name="words"
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
          onPaste={(event) => {
            if (take(event.clipboardData)) event.preventDefault();
          }}
        />
        <button type="submit" className="button icon" aria-label="Send" disabled={!ready}>
          <SendHorizontal aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}

function ShowButton({ open, onToggle }: { readonly open: boolean; readonly onToggle: () => void }) {
  return (
    <button type="button" className="button icon" aria-label="Show the AI something" title="Show the AI something" aria-expanded={open} onClick={onToggle}>
      <ImagePlus aria-hidden="true" />
    </button>
  );
}

/** Words and a picture, until both are sent. */
function useMessage({ enabled, onSend, showing }: Omit<Props, "watched">) {
  const [text, setText] = useState("");
  const [picture, setPicture] = useState<Blob | null>(null);
  const [sending, setSending] = useState(false);
  const words = text.trim();
  /** What is pasted or dropped; true where a picture was in it. */
  const take = ({ files }: DataTransfer): boolean => {
    const found = showing && [...files].find(({ type }) => type.startsWith("image/"));
    if (found) setPicture(found);
    return Boolean(found);
  };
  const send = async () => {
    setSending(true);
    const seen = picture === null || (await showing?.picture(picture)) === true;
    setSending(false);
    setPicture(null);
    // Words about a picture that was refused stay, to be thought over.
    if (!seen || words === "") return;
    onSend(words);
    setText("");
  };
  const ready = enabled && !sending && (words !== "" || picture !== null);
  return { text, setText, picture, setPicture, take, sending, ready, send };
}
