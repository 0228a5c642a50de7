const CLIENT_PATH = "/app/";

/**
 * The gateway's address without a trailing slash. For a page that the gateway serves: the page's own origin and, behind a
 * proxy, the gateway's path ("/voice" for "/voice/app/").
 */
export function apiUrl(configured: string | undefined, page: Page): string {
  if (configured && !isServedFrom(configured, page)) return configured.replace(/\/+$/, "");
  return isServed(page) ? page.pathname.slice(0, page.pathname.lastIndexOf(CLIENT_PATH)) : "http://localhost:8000";
}

function isServed({ pathname }: Page): boolean {
  return pathname.includes(CLIENT_PATH);
}

type Page = Pick<Location, "pathname"> & Partial<Pick<Location, "hostname" | "port">>;

/** This machine has several names; to the served page's policy each is a different origin. */
const THIS_MACHINE: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether the gateway has an address of this machine. `apiUrl` as above; relative ones are the page's. */
export function isLoopback(apiUrl: string, page: Pick<Location, "href">): boolean {
  if (!URL.canParse(apiUrl, page.href)) return false;
  const { hostname } = new URL(apiUrl, page.href);
  // A URL spells every address of 127/8 in full; a browser looks up no name below localhost (RFC 6761, 6.3).
  return THIS_MACHINE.has(hostname) || hostname.endsWith(".localhost") || /^127(\.\d+){3}$/.test(hostname);
}

function isServedFrom(configured: string, page: Page): boolean {
  if (!isServed(page) || !URL.canParse(configured)) return false;
  const { hostname = "", port = "" } = page;
  const gateway = new URL(configured);
  return THIS_MACHINE.has(gateway.hostname) && THIS_MACHINE.has(hostname) && gateway.port === port;
}
