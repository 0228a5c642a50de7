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

/** What can be shown, and what is being shown. Fetched when it is opened. */
export default function ShareControls({ showing, watched, picture, sending, onPicture }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The pressed button has gone away; the keyboard stands on what took its place.
    if (document.activeElement === document.body) row.current?.querySelector("button")?.focus();
  }, [picture, watched]);
  return (
    <div className="show-row" role="group" aria-label="Share an image, camera or screen" ref={row}>
      {picture && <Chosen picture={picture} sending={sending} onRemove={() => { onPicture(null); }} />}
      {watched && <Preview showing={showing} source={watched} />}
      {!picture && !watched && (
        <>
          <button type="button" className="button" onClick={() => { input.current?.click(); }}>
            <ImageUp aria-hidden="true" />
            Picture
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
          <p className="hint">Pictures can also be pasted or dropped here. Camera and screen: one frame a second, until you stop.</p>
        </>
      )}
      <input
        type="file"
        accept="image/*"
        aria-label="A picture to show"
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
      <img className="shown" alt="The picture you chose" ref={image} />
      <p className="hint" role="status">
        {sending ? "Sending the picture…" : "Press Send to show it, with or without words. Ask about it by voice or in writing."}
      </p>
      <button type="button" className="button icon" aria-label="Remove the picture" disabled={sending} onClick={onRemove}>
        <X aria-hidden="true" />
      </button>
    </>
  );
}

const SEEN = { camera: "The AI sees your camera.", screen: "The AI sees your screen." } as const;

function Preview({ showing, source }: { readonly showing: ImageSharing; readonly source: Source }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = showing.stream;
  }, [showing, source]);
  return (
    <>
      <video className="shown" data-source={source} ref={video} autoPlay muted playsInline aria-label="What the AI sees" />
      <p className="seen" role="status">
        <span className="seen-dot" aria-hidden="true" />
        {SEEN[source]} One frame a second.
      </p>
      <button type="button" className="button danger" onClick={showing.stop}>
        <X aria-hidden="true" />
        Stop showing
      </button>
    </>
  );
}
