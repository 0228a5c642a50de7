/** Whether browsers hide microphone and worklets from this page: it came over http, and from another machine. */
export function isInsecureOrigin(): boolean {
  return "isSecureContext" in window && !window.isSecureContext;
}
