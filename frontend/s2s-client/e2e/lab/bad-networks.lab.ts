/** A real browser, a real relay, and firewalls on the way. */
import { readFileSync } from "node:fs";
import { expect, type Person, test } from "../harness";
import { recognize } from "../machine";
import { network, newAddress, slowLine } from "./network";

// What is tagged @short is told by `make test-deploy` too.
test.beforeEach(async () => {
  await network("gateway", "all");
  await network("turn", "all");
});

test("where only the relay is reached by UDP, the call goes through it", { tag: "@short" }, async ({ person }) => {
  await network("gateway", "no-udp");
  await person.open("");
  await person.start();
  await expect(person.connection).toHaveText("Connected over WebRTC through a relay");
  await person.isAnswered("through-a-relay");
});

test("where no UDP passes at all, the relay is reached by TCP", async ({ person }) => {
  await network("gateway", "no-udp");
  await network("turn", "no-udp");
  await person.open("");
  await person.start();
  await expect(person.connection).toHaveText("Connected over WebRTC through a relay");
  await person.isAnswered("relay-over-tcp");
});

test("where only HTTPS passes, the relay is reached by TLS on its port", { tag: "@short" }, async ({ person }) => {
  await network("gateway", "only-443");
  await network("turn", "only-443");
  await person.open("");
  await person.start();
  await expect(person.connection).toHaveText("Connected over WebRTC through a relay");
  await person.isAnswered("relay-over-tls");
});

test("where only HTTPS passes and there is no relay, the WebSocket takes the call within 4 s", { tag: "@short" }, async ({ person, page }) => {
  await network("gateway", "only-443");
  await network("turn", "nothing");
  await person.open("");
  const clicked = Date.now();
  await person.start();
  const tookMs = Date.now() - clicked;
  test.info().annotations.push({ type: "connected after, ms", description: String(tookMs) });
  console.log(`connected over the WebSocket after ${tookMs} ms`);
  await expect(person.connection).toContainText("Connected over WebSocket");
  await person.isAnswered("only-https");
  await expect(page.locator(".connection")).toContainText("Connected over WebSocket");
});

test("a network that loses sound is noticed, told, and the conversation understood", async ({ person }) => {
  await person.open("");
  await person.start();
  await network("gateway", "all", 0.05, 3);
  await expect(person.connection).toHaveText("Connected over WebRTC. The network drops audio, so everything is sent twice");
  await person.isAnswered("twice");
});

test("where even sending twice loses too much, the WebSocket takes over in mid-call, and says why", async ({ person }) => {
  await person.open("");
  await person.start();
  await network("gateway", "all", 0.12, 6);
  const why = "Connected over WebSocket, because the network drops too much audio";
  await expect(person.connection).toHaveText(why, { timeout: 120_000 });
  await person.isAnswered("over-tcp");
});

/** What was said while the line was flooded with uncompressed voice is damaged or lost: a person asks again. */
async function isAnsweredInTheEnd(person: Person, name: string): Promise<void> {
  const said: string[] = [];
  while (!said.some((words) => /london/i.test(words))) {
    expect(said.length, said.join(" / ")).toBeLessThan(6);
    await person.listenAnew();
    await person.say("What time is it in London?");
    // A question that was lost has no answer, and nothing tells so.
    const answered = await person.hearsSilenceAgain(40_000).then(() => true, () => false);
    said.push(answered ? recognize((await person.heard(`${name}-${said.length}`)).wavPath) : "nothing");
  }
  console.log(`understood, after asking ${said.length} times: ${await person.connection.textContent()}`);
}

/** The longest silence within it: more than a speaker's own pauses is a hole. */
function longestSilenceMs(wavPath: string): number {
  const bytes = readFileSync(wavPath).subarray(44);
  let silent = 0;
  let longest = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    silent = bytes.readInt16LE(at) === 0 ? silent + 1 : 0;
    longest = Math.max(longest, silent);
  }
  return longest / 24;
}

test("a call that begins on a line of 200 kbit/s understands its first words and is heard without a hole, over one connection", async ({ person, page }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await person.open("");
  await slowLine(200);
  await person.start();
  await person.listenAnew();
  await person.say("What time is it in London?");
  await person.hearsSilenceAgain();
  const { wavPath } = await person.heard("slow-line");
  const words = recognize(wavPath);
  console.log(`heard on the slow line, ${Math.round(longestSilenceMs(wavPath))} ms of silence in it at most: ${words}`);
  expect(words).toMatch(/london/i);
  // A busy machine makes some of its own; a flooded line makes many seconds.
  expect(longestSilenceMs(wavPath)).toBeLessThan(2_000);
  await expect(person.connection).toHaveText(/^Connected over WebRTC.*\. Audio is compressed: the network is slow$/);
  expect(asked.filter((url) => url.endsWith("/offer"))).toHaveLength(1);
});

test("a line that becomes slow in mid-call is noticed, told, and the conversation goes on", async ({ person }) => {
  await person.open("");
  await person.start();
  await person.isAnswered("before-the-line-is-slow");
  await expect(person.connection).not.toContainText("compressed");
  await slowLine(200);
  await expect(person.connection).toContainText("Audio is compressed: the network is slow");
  await isAnsweredInTheEnd(person, "on-the-slow-line");
  await expect(person.connection).toContainText("Audio is compressed: the network is slow");
});

test("a network that is gone for 3 s in mid-answer comes back by itself, and the voice goes on", { tag: "@short" }, async ({ person, page }) => {
  await person.open("");
  await person.start();
  await person.listenAnew();
  await person.say("Tell me a story.");
  await person.hearsVoice();
  await network("gateway", "nothing");
  await network("turn", "nothing");
  await page.waitForFunction(() => window.probe.silentForMs() > 1_000);
  await page.waitForTimeout(2_000);
  await network("turn", "all");
  await network("gateway", "all");
  const back = Date.now();
  await person.hearsVoice();
  console.log(`the voice goes on ${Date.now() - back} ms after the network is back`);
  // Where nothing is lost any more there is no reason for a detour.
  await expect(person.connection).toContainText("Connected over WebRTC");
  await person.button("Interrupt AI").click();
  await expect(page.getByText("Listening", { exact: true })).toBeVisible();
  await person.isAnswered("after-the-hole");
});

test("a browser that gets another address in mid-answer comes back by itself, and the voice goes on", { tag: "@short" }, async ({ person, page }) => {
  await person.open("");
  await person.start();
  await person.say("Tell me a story.");
  await person.hearsVoice();
  await newAddress("10.77.0.9");
  const changed = Date.now();
  await person.listenAnew();
  // Two seconds of voice, where 240 ms lay ready: it does go on.
  await page.waitForFunction(() => window.probe.heardFrames() > 400);
  console.log(`two seconds of voice within ${Date.now() - changed} ms after the change of address`);
  await person.button("Interrupt AI").click();
  await expect(page.getByText("Listening", { exact: true })).toBeVisible();
  await person.isAnswered("from-another-address");
});
