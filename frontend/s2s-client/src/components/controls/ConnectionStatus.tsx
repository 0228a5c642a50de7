import type { Connection } from "../../types";
import { connectionWords } from "../statusText";

/** What carries the call; empty while nothing does. Its place is kept. Plain: nothing stood in the way. */
export function ConnectionLine({ connection }: { readonly connection: Connection | null }) {
  const plain = connection?.carrier === "webrtc" && !connection.relayed && !connection.twice && !connection.saving;
  return <p className="badge connection" data-plain={plain}>{connection && connectionWords(connection)}</p>;
}
