import type { Connection } from "../types";
import { connectionWords } from "./words";

/** What carries the call; empty while nothing does. Its place is kept. */
export function ConnectionLine({ connection }: { readonly connection: Connection | null }) {
  return <p className="badge connection">{connection && connectionWords(connection)}</p>;
}
