import { AudioLines, ChevronDown, Mic } from "lucide-react";
import { lazy, Suspense, useSyncExternalStore } from "react";
import type { Conversation } from "../../app/geminiSession";
import type { MicrophoneOutlook } from "../../services/media/devices";
import { Menu } from "../primitives/Menu";
import { QUESTIONS } from "./questions";
import { whoAnswers } from "./whoAnswers";

const MicrophoneMenu = lazy(() => import("../controls/MicrophoneMenu"));
const VoiceMenu = lazy(() => import("./VoiceMenu"));

/** Whom one would talk to, and where the voice would go; or why there is no answer. Its place is kept until it is known. */
export function WhoAnswers({ session }: { readonly session: Pick<Conversation, "choices" | "apiUrl"> }) {
  const told = useSyncExternalStore(session.choices.subscribe, session.choices.getSnapshot);
  if (told && "failure" in told) return <p className="who-answers">{told.failure.message}</p>;
  const offered = told?.found.upstream;
  return <p className="who-answers">{offered ? whoAnswers(offered, session.apiUrl, window.location) : ""}</p>;
}

/** Things to say that begin the conversation. Who cannot be heard says them in writing. */
export function Starters({ session, outlook }: { readonly session: Pick<Conversation, "start">; readonly outlook: MicrophoneOutlook | null }) {
  const typing = outlook === "denied" || outlook === "missing";
  return (
    <div className="starters" role="group" aria-label="Things to ask">
      {QUESTIONS.map((text) => (
        <button key={text} type="button" className="button question" onClick={() => void session.start({ text, typing })}>
          “{text}”
        </button>
      ))}
    </div>
  );
}

/** What is chosen before a start, beside it: the microphone with its level, and the voice with its sound. */
export function StartOptions({ session }: { readonly session: Pick<Conversation, "settings" | "choices" | "voiceSample" | "readMicrophone"> }) {
  const told = useSyncExternalStore(session.choices.subscribe, session.choices.getSnapshot);
  return (
    <div className="start-options">
      <Menu label="Microphone" className="small" face={<><Mic aria-hidden="true" />Microphone<ChevronDown aria-hidden="true" /></>}>
        <Suspense>
          <MicrophoneMenu session={session} inCall={false} />
        </Suspense>
      </Menu>
      <Menu label="Voice" className="small" face={<><AudioLines aria-hidden="true" />Voice<ChevronDown aria-hidden="true" /></>}>
        <Suspense>
          <VoiceMenu session={session} told={told} />
        </Suspense>
      </Menu>
    </div>
  );
}
