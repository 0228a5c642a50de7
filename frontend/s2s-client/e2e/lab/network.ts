/** The network of the box, as a story changes it: `backend/bench/netlab/browser_stories.py` carries it out. */
import { connect } from "node:net";

type Other = "gateway" | "turn";
export type Passes = "all" | "no-udp" | "only-443" | "nothing";

/** From now on, between the browser and that host. Settles when it holds. */
export function network(other: Other, passes: Passes, loss = 0, inARow = 1): Promise<void> {
  return tell(`${other} ${passes} ${loss} ${inARow} 0`);
}

/** From now on the browser's line carries no more than this, each way. Settles when it holds. */
export async function slowLine(kbitS: number): Promise<void> {
  await tell(`turn all 0 1 ${kbitS}`);
  await tell(`gateway all 0 1 ${kbitS}`);
}

/** The browser's machine gets another address, as between wifi and mobile. */
export function newAddress(address: string): Promise<void> {
  return tell(`browser ${address}`);
}

async function tell(line: string): Promise<void> {
  const path = process.env["NETLAB_SOCKET"];
  if (!path) throw new Error("These stories need a network in a box: run `make network`.");
  await new Promise<void>((done, fail) => {
    const socket = connect(path, () => socket.write(`${line}\n`));
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
