/** Last turn's voice-to-voice, measured at this machine's microphone and loudspeaker. */
export function LatencyBadge({ latencyMs }: { readonly latencyMs: number | null }) {
  if (latencyMs === null) return <p className="badge" />;
  const words = latencyMs < 1000 ? `${latencyMs} ms` : `${(latencyMs / 1000).toFixed(1)} s`;
  return (
    <p className="badge" title="From the end of your words to the first sound of the answer, measured on this machine">
      Answered in <strong>{words}</strong>
    </p>
  );
}
