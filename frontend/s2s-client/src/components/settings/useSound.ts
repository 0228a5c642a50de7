import { useEffect, useRef, useState } from "react";
import { CallFailure } from "../../shared/callErrors";
import { type OutputDevice, playSound, type PlayingSound } from "./soundPlayer";

/** At most one sound at a time; the next press stops it, and so does the end of the panel. */
export function useSound(place: OutputDevice) {
  const [state, setState] = useState<"silent" | "fetching" | PlayingSound>("silent");
  const [problem, setProblem] = useState("");
  const wanted = useRef(0);
  const playing = useRef<PlayingSound | null>(null);
  const stop = () => {
    wanted.current++;
    playing.current?.stop();
    playing.current = null;
    setState("silent");
  };
  const play = async (make: (context: AudioContext) => Promise<AudioBuffer>) => {
    stop();
    const mine = wanted.current;
    setProblem("");
    setState("fetching");
    try {
      const begun = await playSound(make, place);
      if (mine !== wanted.current) {
        begun.stop();
        return;
      }
      playing.current = begun;
      setState(begun);
      await begun.over;
    } catch (reason) {
      if (mine === wanted.current) setProblem(wordsOf(reason));
    }
    if (mine === wanted.current) setState("silent");
  };
  useEffect(
    () => () => {
      wanted.current++;
      playing.current?.stop();
    },
    [],
  );
  return { state, problem, play, stop };
}

function wordsOf(reason: unknown): string {
  if (reason instanceof CallFailure) return `${reason.failure.message} ${reason.failure.hint}`;
  console.error(reason);
  return "Couldn’t use this speaker. Pick another one.";
}
