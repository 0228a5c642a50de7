import { SwitchCamera, X } from "lucide-react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { ImageSharing } from "./imageSharing";
import { hasSecondCamera, type Source } from "./mediaSources";
import "./sharing.css";

interface Props {
  readonly sharing: ImageSharing;
  readonly source: Source;
}

const SHARED = { camera: "Sharing your camera", screen: "Sharing your screen" } as const;

/** What the AI sees, as large as there is room: on a phone the whole screen. Fetched when it is used. */
export default function SharedView({ sharing, source }: Props) {
  const stream = useSyncExternalStore(sharing.subscribe, sharing.getStream);
  const video = useRef<HTMLVideoElement>(null);
  const buttons = useRef<HTMLDivElement>(null);
  const canFlip = useCanFlip(source);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  useEffect(() => {
    // The pressed button has gone away; the keyboard stands on what took its place.
    if (document.activeElement === document.body) buttons.current?.querySelector("button")?.focus();
  }, []);
  return (
    <div className="shared-view" role="group" aria-label="What the AI sees">
      <video data-mirrored={source === "camera" && !seesWhatThePersonSees(stream)} data-source={source} ref={video} autoPlay muted playsInline aria-label={SHARED[source]} />
      <div className="shared-buttons" ref={buttons}>
        <p className="seen" role="status">
          <span className="seen-dot" aria-hidden="true" />
          {SHARED[source]}
        </p>
        {canFlip && (
          <button type="button" className="button flip" onClick={() => void sharing.flip()}>
            <SwitchCamera aria-hidden="true" />
            Flip
          </button>
        )}
        <button type="button" className="button danger" onClick={sharing.stop}>
          <X aria-hidden="true" />
          Stop sharing
        </button>
      </div>
    </div>
  );
}

/** A mirror is what people expect of themselves, and of nothing else. The AI sees all of it the right way round. */
function seesWhatThePersonSees(stream: MediaStream | null): boolean {
  return stream?.getVideoTracks()[0]?.getSettings().facingMode === "environment";
}

function useCanFlip(source: Source): boolean {
  const [can, setCan] = useState(false);
  useEffect(() => {
    let gone = false;
    void hasSecondCamera().then((found) => {
      if (!gone) setCan(found);
    });
    return () => {
      gone = true;
    };
  }, []);
  return can && source === "camera";
}
