import { useEffect, useRef } from "react";
import { cueBetween, waysOf } from "../../state/cues";
import type { SessionState } from "../../state/sessionState";
import type { Settings } from "../../state/settings";
import { TOUCH } from "../primitives/useMedia";

/** Tells by a short sound and a touch what has happened to the conversation, as the settings wish. */
export function useCues(state: SessionState, settings: Settings): void {
  const before = useRef(state);
  const wishes = useRef(settings);
  useEffect(() => {
    wishes.current = settings;
  });
  useEffect(() => {
    const cue = cueBetween(before.current, state);
    before.current = state;
    if (!cue) return;
    const { cues, loudspeaker, volume } = wishes.current;
    const ways = waysOf(cue, cues, window.matchMedia(TOUCH).matches);
    if (!ways.sound && !ways.touch) return;
    void import("./playCue").then(({ playCue }) => playCue(cue, ways, { loudspeaker, volume }));
  }, [state]);
}
