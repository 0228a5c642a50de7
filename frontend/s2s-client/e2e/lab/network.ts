/** The network of the box, as a story changes it: `backend/bench/network.py` carries it out. */
import { connect } from "node:net";

type Other = "gateway" | "turn";
export type Passes = "all" | "no-udp" | "only-443" | "nothing";

/** From now on, between the browser and that host. Settles when it holds. */
export async function network(other: Other, passes: Passes, loss = 0, inARow = 1): Promise<void> {
  const path = process.env["NETLAB_SOCKET"];
  if (!path) throw new Error("These stories need a network in a box: run `make network`.");
  await new Promise<void>((done, fail) => {
    const socket = connect(path, () => socket.write(`${other} ${passes} ${loss} ${inARow}\n`));
    socket.once("data", () => {
      socket.end();
      done();
    });
    socket.once("error", fail);
    socket.once("close", () => {
      fail(new Error("the network was not changed"));
    });
  });
}
