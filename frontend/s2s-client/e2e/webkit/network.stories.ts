/** A gateway that goes away and comes back, in WebKitGTK. */
import { freePort, startGateway } from "../machine";
import { isReady, test } from "./world";

test.use({ forgives: /WebSocket connection|network connection was lost|Could not connect|Load failed/ });

test("a gateway that is killed and started again: the conversation goes on by itself", async ({ person, site }) => {
  const port = freePort();
  const gateway = `http://127.0.0.1:${port}`;
  const start = () => startGateway(port, gateway, { S2S_CLIENT_DIR: site.dist });
  let running = await start();
  await isReady(gateway);
  try {
    await person.calls(gateway);
    await person.types("My name is Ada.");
    await person.readsInTranscript(/AI[^]*ada/i);
    running.kill();
    await person.reads(/The connection was lost\. Trying again/);
    running.stop();
    running = await start();
    // A busy machine may start it later than a conversation is waited for; then it goes on in a new session.
    await person.reads(/Your conversation continues/);
    await person.reads(/^Listening$/m);
    await person.types("What is 6 times 7?");
    await person.readsInTranscript(/6 times 7[^]*AI[^]*42/);
  } finally {
    running.stop();
  }
});
