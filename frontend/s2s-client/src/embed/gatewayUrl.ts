/** The default address of the gateway: where this script came from. Pure. */
const DEVELOPMENT = "http://localhost:8000";

/** `script`: the address of the module. The gateway serves it as <gateway>/app/s2s-voice-agent.js. Without a slash at the end. */
export function gatewayUrl(script: string): string {
  const folder = new URL(".", script);
  // Vite's own server; its gateway is another program.
  if (!folder.pathname.endsWith("/app/")) return DEVELOPMENT;
  return new URL("..", folder).href.replace(/\/$/, "");
}
