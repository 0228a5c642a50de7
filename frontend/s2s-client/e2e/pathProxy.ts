/** A reverse proxy that serves a gateway below a path, cuts the path off and tells nobody, as `proxy_pass http://host/` does. */
import { createServer, request, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { freePort } from "./machine";

export interface PathProxy {
  /** Without a slash at the end. */
  readonly url: string;
  close(): void;
}

export async function openPathProxy(gateway: string, path: string): Promise<PathProxy> {
  const { hostname, port } = new URL(gateway);
  const below = ({ url = "" }: IncomingMessage) => (url.startsWith(`${path}/`) ? url.slice(path.length) : null);
  const server = createServer((asked, answer) => {
    const target = below(asked);
    if (target === null) {
      answer.writeHead(404).end();
      return;
    }
    asked.pipe(
      request({ hostname, port, path: target, method: asked.method ?? "GET", headers: asked.headers }, (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
      }).on("error", () => answer.destroy()),
    );
  });
  server.on("upgrade", (asked, socket, head) => {
    const lines = asked.rawHeaders.flatMap((name, at, all) => (at % 2 === 0 ? [`${name}: ${all[at + 1] ?? ""}`] : []));
    const onward = connect(Number(port), hostname, () => {
      onward.write([`GET ${below(asked) ?? "/"} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const side of [socket, onward]) side.on("error", () => { socket.destroy(); onward.destroy(); });
  });
  const own = freePort();
  await new Promise<void>((settle) => server.listen(Number(own), "127.0.0.1", settle));
  return { url: `http://127.0.0.1:${own}${path}`, close: () => server.close() };
}
