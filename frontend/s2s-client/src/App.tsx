import { CallControls } from "./components/CallControls";
import { CircularWaveVisualizer } from "./components/CircularWaveVisualizer";
import { ConnectionLine } from "./components/ConnectionLine";
import { LatencyBadge } from "./components/LatencyBadge";
import { ModelSign } from "./components/ModelSign";
import { TextBox } from "./components/TextBox";
import { Transcript } from "./components/Transcript";
import { wordsFor } from "./components/words";
import { useGeminiSession } from "./hooks/useGeminiSession";
import type { Conversation } from "./session/geminiSession";
import { formOf, linesOf, type SessionState } from "./session/state";

interface Props {
  /** Another conversation than the page's own, for tests and for pages that embed this one. */
  readonly session?: Conversation;
}

export function App({ session: given }: Props) {
  const { state, session } = useGeminiSession(given);
  const form = formOf(state);
  const lines = linesOf(state);
  const talking = state.status === "live" || lines.length > 0;
  return (
    <div className="app" data-talking={talking} data-form={form}>
      <header className="head">
        <h1>
          S2S <span>Speak with the AI</span>
        </h1>
        {"model" in state && state.model && <ModelSign model={state.model} />}
      </header>
      <main className="screen">
        <section className="stage" aria-label="Conversation">
          <CircularWaveVisualizer form={form} readMicrophone={session.readMicrophone} readVoice={session.readVoice} />
          <Status state={state} />
          <CallControls state={state} session={session} />
          {state.status === "live" && <LatencyBadge latencyMs={state.latencyMs} />}
          {state.status === "live" && <ConnectionLine connection={state.away ? null : state.connection} />}
        </section>
        {talking && (
          <section className="talk" aria-label="Transcript and text">
            <Transcript lines={lines} />
            <TextBox enabled={state.status === "live"} onSend={session.sendText} />
          </section>
        )}
      </main>
    </div>
  );
}

function Status({ state }: { readonly state: SessionState }) {
  const { headline, help } = wordsFor(state);
  return (
    <div className="status" role={state.status === "failed" ? "alert" : "status"}>
      <p className="headline">{headline}</p>
      <p className="help">{help}</p>
    </div>
  );
}
