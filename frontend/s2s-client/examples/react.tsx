import { useRef } from "react";
import { type S2SVoiceAgentElement, useVoiceSession, VoiceAgent } from "s2s-client/react";

const OPTIONS = { voice: "Kore", language: "de-DE" } as const;
const LABELS = { start: "Gespräch beginnen", interrupt: "KI unterbrechen", end: "Beenden" };

export function HelpDesk() {
  const agent = useRef<S2SVoiceAgentElement>(null);
  return (
    <VoiceAgent
      ref={agent}
      gateway="https://talk.example.org"
      options={OPTIONS}
      labels={LABELS}
      className="help-desk"
      onLine={({ line }) => { if (line.kind === "tool") console.info(line.name, line.args); }}
      onFailed={({ code, message }) => { console.warn(code, message); }}
    />
  );
}

export function OwnScreen() {
  const { state, session } = useVoiceSession({ gateway: "https://talk.example.org" });
  return state.status === "live" ? (
    <button onClick={() => { session.interrupt(); }}>Stop talking</button>
  ) : (
    <button onClick={() => void session.start()}>Talk</button>
  );
}
