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

test("the connection doctor finds out before a call that UDP is blocked and that the loudspeaker is heard, and says what to do", async ({ person, page }, info) => {
  await page.addInitScript(installRoom, 0.25);
  await person.open();
  await person.opensDetails();
  await person.button("Connection test").click();
  const before = await sessions();
  const doctor = await person.isExamined();
  await expect(doctor.getByText("Conversations work, but over the fallback, because UDP doesn’t get through.").last()).toBeVisible();
  const direct = doctor.getByRole("listitem").filter({ hasText: "Direct connection (UDP)" });
  await expect(direct).toContainText("Problem");
  await expect(direct).toContainText("A firewall, VPN or proxy blocks it.");
  const echo = doctor.getByRole("listitem").filter({ hasText: "Echo" });
  await expect(echo).toContainText("Warning");
  await expect(echo).toContainText(/The speaker comes back after about \d+ ms at -1[0-5] dB\. The AI may hear and interrupt itself\./);
  for (const title of ["Fallback (WebSocket)", "Microphone", "Server"]) {
    await expect(doctor.getByRole("listitem").filter({ hasText: title }).first()).toContainText("OK");
  }
  await page.screenshot({ path: info.outputPath("doctor-without-udp.png") });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await doctor.getByRole("button", { name: "Copy results" }).click();
  await expect(doctor.getByText("Copied.")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("[FAIL] Direct connection (UDP) (udp)");
  expect((await sessions()).created).toBe(before.created);
  expect(await page.evaluate(() => window.probe.openPeers())).toBe(0);
});

/** The air between loudspeaker and microphone: what the doctor plays reaches every microphone, so much quieter. Runs in the page. */
function installRoom(gain: number): void {
  const { mediaDevices } = navigator;
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  const room = new AudioContext();
  const air = room.createMediaStreamDestination();
  mediaDevices.getUserMedia = async (wishes) => {
    const person = await getUserMedia(wishes);
    room.createMediaStreamSource(person).connect(air);
    return air.stream;
  };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- applied to its own node below
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...when) {
    // The person's own voice is decoded sound; the doctor's comes at the microphone's rate.
    if (this.buffer?.sampleRate === 16_000) {
      const out = (this.context as AudioContext).createMediaStreamDestination();
      this.connect(new GainNode(this.context, { gain })).connect(out);
      room.createMediaStreamSource(out.stream).connect(air);
    }
    start.apply(this, when);
  };
}
