/** Whether this browser can make Opus; asked without the code that does it. */

export async function makesOpus(): Promise<boolean> {
  const encoder = (globalThis as { AudioEncoder?: typeof AudioEncoder }).AudioEncoder;
  if (!encoder) return false;
  const { supported } = await encoder.isConfigSupported({ codec: "opus", sampleRate: 24_000, numberOfChannels: 2 });
  return supported ?? false;
}
