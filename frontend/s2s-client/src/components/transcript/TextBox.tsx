import { ImagePlus, SendHorizontal } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, lazy, memo, Suspense, useEffect, useRef, useState } from "react";
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

/** For those who would rather type, or show. Left alone while words come. */
export const TextBox = memo(function TextBox({ enabled, onSend, showing, watched }: Props) {
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
        <MessageField
          enabled={enabled}
          text={text}
          onText={setText}
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
});

interface FieldProps {
  readonly enabled: boolean;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onPaste: (event: ClipboardEvent<HTMLTextAreaElement>) => void;
}

/** Grows with its text; how far, the style sheet says. Enter sends, Shift and Enter begin a new line. */
function MessageField({ enabled, text, onText, onPaste }: FieldProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (!field.current) return;
    field.current.style.height = "auto";
    const { scrollHeight, offsetHeight, clientHeight } = field.current;
    field.current.style.height = `${scrollHeight + offsetHeight - clientHeight}px`;
  }, [text]);
  return (
    <textarea
      name="words"
      rows={1}
      aria-label="Message"
      placeholder={enabled ? "Message…" : "Start a conversation to send messages"}
      value={text}
      maxLength={MAX_TEXT_CHARS}
      disabled={!enabled}
      autoComplete="off"
      enterKeyHint="send"
      ref={field}
      onChange={(event) => {
        onText(event.target.value);
      }}
      onKeyDown={(event) => {
        if (!sends(event)) return;
        event.preventDefault();
        event.currentTarget.form?.requestSubmit();
      }}
      onPaste={onPaste}
    />
  );
}

/** Safari ends a composition before the Enter that ended it; the key's number is then the one sign of it. */
const COMPOSING = 229;

/** Whether the key sends the message. The Enter that accepts a word of an input method does not. */
function sends({ key, shiftKey, nativeEvent }: KeyboardEvent): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- see COMPOSING
  return key === "Enter" && !shiftKey && !nativeEvent.isComposing && nativeEvent.keyCode !== COMPOSING;
}

function ShowButton({ open, onToggle }: { readonly open: boolean; readonly onToggle: () => void }) {
  return (
    <button type="button" className="button icon" aria-label="Share an image, camera or screen" title="Share an image, camera or screen" aria-expanded={open} onClick={onToggle}>
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
