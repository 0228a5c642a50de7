/** Where the gateway answers, without a slash at the end. */
export function apiUrl(configured: string | undefined, page: Pick<Location, "pathname">): string {
  if (configured) return configured.replace(/\/+$/, "");
  // Served by the gateway itself: same origin.
  return page.pathname.startsWith("/app/") ? "" : "http://localhost:8000";
}
