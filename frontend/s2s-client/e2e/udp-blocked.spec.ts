/** Chromium by its own policy lets no UDP out. */
import { expect, test } from "./harness";
import { chromiumPath, CHROMIUM_ARGS } from "./machine";

test.use({
  launchOptions: {
    executablePath: chromiumPath(),
    args: [...CHROMIUM_ARGS, "--webrtc-ip-handling-policy=disable_non_proxied_udp"],
  },
});

test("where UDP is blocked the call works over the WebSocket, says why, and survives a cut", async ({ person }) => {
  await person.open();
  await person.start();
  await expect(person.connection).toHaveText("Connected over WebSocket, because UDP seems to be blocked here");
  await person.isAnswered("over-the-socket");
  await person.survivesACut();
});
