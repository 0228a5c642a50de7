/** Chromium by its own policy lets no UDP out. */
import { expect, sessions, test } from "./harness";
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

test("the connection doctor finds out before a call that UDP is blocked, and says what to do", async ({ person, page }, info) => {
  await person.open();
  await page.getByRole("button", { name: "Check the connection" }).click();
  const before = await sessions();
  const doctor = await person.isExamined();
  await expect(doctor.getByText("A call works, but over the WebSocket, because UDP does not get through.").last()).toBeVisible();
  const direct = doctor.getByRole("listitem").filter({ hasText: "Direct way (WebRTC, UDP)" });
  await expect(direct).toContainText("Problem");
  await expect(direct).toContainText("A firewall, VPN or proxy blocks it.");
  for (const title of ["Stand-in (WebSocket)", "Microphone", "Echo", "Gateway"]) {
    await expect(doctor.getByRole("listitem").filter({ hasText: title }).first()).toContainText("All right");
  }
  await page.screenshot({ path: info.outputPath("doctor-without-udp.png") });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await doctor.getByRole("button", { name: "Copy the report" }).click();
  await expect(doctor.getByText("Copied.")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("[FAIL] Direct way (WebRTC, UDP) (udp)");
  expect((await sessions()).created).toBe(before.created);
  expect(await page.evaluate(() => [window.probe.liveTracks(), window.probe.openPeers()])).toEqual([0, 0]);
});
