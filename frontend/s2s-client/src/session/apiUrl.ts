/** Where the gateway answers, without a slash at the end. */
export function apiUrl(configured: string | undefined, page: Page): string {
  if (configured && !isServedFrom(configured, page)) return configured.replace(/\/+$/, "");
  // Served by the gateway itself: same origin.
  return page.pathname.startsWith("/app/") ? "" : "http://localhost:8000";
}

type Page = Pick<Location, "pathname"> & Partial<Pick<Location, "hostname" | "port">>;

/** This machine has several names; to the served page's policy each is another place. */
const THIS_MACHINE: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

function isServedFrom(configured: string, { pathname, hostname = "", port = "" }: Page): boolean {
  if (!pathname.startsWith("/app/") || !URL.canParse(configured)) return false;
  const gateway = new URL(configured);
  return THIS_MACHINE.has(gateway.hostname) && THIS_MACHINE.has(hostname) && gateway.port === port;
}
