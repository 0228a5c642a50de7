/** A gateway and a network that go away and come back, in Firefox. */
import { freePort, startGateway } from "../machine";
import { expect, test } from "./world";

test("a gateway that is killed, and started again while the browser is offline: the conversation goes on by itself", async ({ person, site }) => {
  const port = freePort();
  const gateway = `http://127.0.0.1:${port}`;
  const start = async () => {
    const running = await startGateway(port, gateway, { S2S_CLIENT_DIR: site.dist });
    await expect.poll(async () => (await fetch(`${gateway}/health`).catch(() => null))?.status).toBe(200);
    return running;
  };
  let running = await start();
  try {
    await person.calls(gateway);
    await person.types("My name is Ada.");
    await person.readsInTranscript(/AI[^]*ada/i);
    // Firefox itself says so, whatever the page does about it.
    person.forgives = /can’t establish a connection|connection .* was interrupted/;
    running.kill();
    await person.reads(/The connection was lost\. Trying again/);
    await person.page.setOfflineMode(true);
    running.stop();
    running = await start();
    expect(await person.words("body")).toMatch(/Trying again/);
    await person.page.setOfflineMode(false);
    await person.reads(/The server restarted\. Your conversation continues\./);
    await person.reads(/^Listening$/m);
    await person.types("What did I just say?");
    await person.readsInTranscript(/just say[^]*AI[^]*My name is Ada/);
  } finally {
    running.stop();
  }
});
