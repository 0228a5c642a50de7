import type { Connection } from "../../types";
import { connectionText } from "../statusText";

/** What carries the call; empty while nothing does. Its place is kept. Plain: nothing stood in the way. */
export function ConnectionStatus({ connection }: { readonly connection: Connection | null }) {
  const plain = connection?.carrier === "webrtc" && !connection.relayed && !connection.twice && !connection.saving;
  return <p className="badge connection" data-plain={plain}>{connection && connectionText(connection)}</p>;
}
