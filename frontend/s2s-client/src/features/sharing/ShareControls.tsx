import { Camera, ImageUp, ScreenShare, X } from "lucide-react";
import { useEffect, useRef } from "react";
import type { ImageSharing } from "./imageSharing";
import { canShow, type Source } from "./mediaSources";
import "./sharing.css";

interface Props {
  readonly showing: ImageSharing;
  readonly watched: Source | null;
  /** Chosen, and not sent yet. */
  readonly picture: Blob | null;
  readonly sending: boolean;
  readonly onPicture: (picture: Blob | null) => void;
}

/** What can be shared. Fetched when it is opened. */
export default function ShareControls({ showing, watched, picture, sending, onPicture }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The pressed button has gone away; the keyboard stands on what took its place.
    if (document.activeElement === document.body) row.current?.querySelector("button")?.focus();
  }, [picture, watched]);
  // What is shared is seen, with its buttons, in SharedView.
  if (watched && !picture) return null;
  return (
    <div className="show-row" role="group" aria-label="Share an image, camera or screen" ref={row}>
      {picture && <Chosen picture={picture} sending={sending} onRemove={() => { onPicture(null); }} />}
      {!picture && (
        <>
          <button type="button" className="button" onClick={() => { input.current?.click(); }}>
            <ImageUp aria-hidden="true" />
            Image
          </button>
          {canShow("camera") && (
            <button type="button" className="button" onClick={() => void showing.watch("camera")}>
              <Camera aria-hidden="true" />
              Camera
            </button>
          )}
          {canShow("screen") && (
            <button type="button" className="button" onClick={() => void showing.watch("screen")}>
              <ScreenShare aria-hidden="true" />
              Screen
            </button>
          )}
          <p className="hint">You can also paste or drop an image.</p>
        </>
      )}
      <input
        type="file"
        accept="image/*"
        aria-label="An image to share"
        hidden
        ref={input}
        onChange={(event) => {
          onPicture(event.target.files?.[0] ?? null);
          event.target.value = "";
        }}
      />
    </div>
  );
}

function Chosen({ picture, sending, onRemove }: { readonly picture: Blob; readonly sending: boolean; readonly onRemove: () => void }) {
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const url = URL.createObjectURL(picture);
    if (image.current) image.current.src = url;
    return () => {
      URL.revokeObjectURL(url);
    };
  }, [picture]);
  return (
    <>
      <img className="shown" alt="The image you chose" ref={image} />
      <p className="hint" role="status">
        {sending ? "Sending the image…" : "Add a message, or just send it."}
      </p>
      <button type="button" className="button icon" aria-label="Remove the image" disabled={sending} onClick={onRemove}>
        <X aria-hidden="true" />
      </button>
    </>
  );
}
