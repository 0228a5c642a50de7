/** Networks that forbid, break and come back. */
import { listen } from "./audit";
import { type CreatedSession, endSession, GATEWAY, expect, sessions, test } from "./harness";
import { LONG_RECONNECT_LIMIT_S, freePort, startGateway } from "./machine";

test("a page that the gateway does not accept is told so; of one that it accepts the quiet line says that WebRTC carries the call", async ({ person, page, baseURL }) => {
  // The same page at another address is another origin.
  const stranger = baseURL!.replace("localhost", "127.0.0.1");
  await person.open(stranger);
  await person.button("Start Conversation").click();
  await expect(page.getByRole("alert")).toContainText("This site isn’t allowed to connect to the server.");
  await expect(page.getByRole("alert")).toContainText(`Add ${stranger} to S2S_CORS_ORIGINS`);
  await person.waitsForWebRtc();
  await person.open();
  await person.start();
  await expect(person.connection).toHaveText("Connected over WebRTC");
  // The gateway's own page about its calls asks nobody else, and its policy stops nothing that it needs.
  const { complaints } = await listen(page);
  await page.goto(`${GATEWAY}/docs`);
  await page.getByText("Create a session").click();
  await expect(page.getByRole("button", { name: "Try it out" })).toBeVisible();
  // How Swagger UI names its own fields is its makers' affair.
  expect(complaints.filter((one) => !one.includes("FormEmptyIdAndNameAttributesForInputError"))).toEqual([]);
});

test("each choice about the connection is what then happens: what carries the call, and how often each frame is sent", async ({ person, page }) => {
  await page.addInitScript(() => {
    const { prototype } = RTCPeerConnection;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- applied to its own peer connection below
    const { createDataChannel } = prototype;
    const lanes: string[] = [];
    prototype.createDataChannel = function (label, options) {
      lanes.push(`${label} ${options?.ordered === false ? "unordered" : "ordered"} ${options?.protocol ?? ""}`.trim());
      return createDataChannel.call(this, label, options);
    };
    Object.assign(window, { lanes });
  });
  await person.waitsForWebRtc();
  const sockets: string[] = [];
  page.on("websocket", (socket) => { if (socket.url().endsWith("/ws")) sockets.push(socket.url()); });
  const choices = [
    ["Automatic", "Fewest gaps", "Connected over WebRTC. Sending everything twice, as set in Settings", ["audio unordered twice", "control ordered"], 0],
    ["WebSocket only", "Balanced", "Connected over WebSocket, as set in Settings", [], 1],
    ["Automatic", "Fastest answers", "Connected over WebRTC", ["audio ordered", "control ordered"], 0],
  ] as const;
  for (const [connection, lossy, words, lanes, used] of choices) {
    await person.open();
    await person.button("Settings").click();
    await person.opensGroup("Advanced");
    await page.getByLabel("Connection", { exact: true }).selectOption(connection);
    await page.getByLabel("On a bad network").selectOption(lossy);
    await page.getByLabel("Data usage").selectOption("Never compress audio");
    await page.keyboard.press("Escape");
    sockets.length = 0;
    if (used > 0) await person.letsSocketsOpen();
    await person.start();
    await expect(person.connection).toHaveText(words);
    expect(await page.evaluate(() => (window as unknown as { lanes: string[] }).lanes)).toEqual(lanes);
    expect(sockets).toHaveLength(used);
  }
  await person.button("Settings").click();
  await person.opensGroup("Advanced");
  await page.getByLabel("On a bad network").selectOption("Fewest gaps");
  await expect(page.getByText("apply to your next conversation")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(person.connection).toHaveText("Connected over WebRTC. Sending everything twice, as set in Settings");
  expect(await page.evaluate(() => (window as unknown as { lanes: string[] }).lanes)).toEqual(["audio ordered", "control ordered", "audio unordered twice"]);
});

test("a connection that is cut in mid-answer comes back by itself, in the same session", async ({ person }) => {
  await person.open();
  await person.start();
  await person.survivesACut();
});

test("the answer is stopped while the AI still thinks about the first question", async ({ person, page }) => {
  // The network is slow just then: what comes after the news that the AI thinks arrives only when the button was pressed.
  await page.addInitScript(() => {
    let held: (() => void)[] | null = null;
    let released = false;
    window.RTCPeerConnection = class extends RTCPeerConnection {
      override createDataChannel(label: string, options?: RTCDataChannelInit) {
        const channel = super.createDataChannel(label, options);
        channel.addEventListener("message", (event: MessageEvent<unknown>) => {
          // Slow, but not dead: however long a busy machine takes to press the button, the page does not look for another line.
          if (typeof event.data === "string" && event.data.includes('"pong"')) return;
          if (held && event.isTrusted) {
            event.stopImmediatePropagation();
            held.push(() => channel.dispatchEvent(new MessageEvent("message", { data: event.data })));
          } else if (!released && typeof event.data === "string" && event.data.includes('"thinking"')) held = [];
        });
        return channel;
      }
    };
    window.addEventListener("let-go", () => {
      const late = held ?? [];
      held = null;
      released = true;
      for (const deliver of late) deliver();
    });
  });
  await person.open();
  await person.start();
  await person.listenAnew();
  await page.getByLabel("Message").fill("Tell me a story.");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Thinking…", { exact: true })).toBeVisible();
  await person.button("Interrupt AI").click();
  await page.evaluate(() => window.dispatchEvent(new Event("let-go")));
  await expect(page.getByText("Listening", { exact: true })).toBeVisible();
  // Nothing of the answer is heard, not even what was on its way.
  expect(await page.evaluate(() => window.probe.heardFrames())).toBe(0);
  await person.isAnswered("after-the-stop");
});

test("a killed gateway is told at once, tried for again, and given up honestly", async ({ person, page, baseURL }) => {
  const port = freePort();
  const gateway = await startGateway(port, baseURL!);
  try {
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/health`).catch(() => null))?.status).toBe(200);
    const own = `http://127.0.0.1:${port}`;
    await page.route(`${GATEWAY}/**`, (route) => route.continue({ url: route.request().url().replace(GATEWAY, own) }));
    await page.addInitScript(
      ([from, to]) => {
        const Native = window.WebSocket;
        window.WebSocket = class extends Native {
          constructor(url: string | URL, protocols?: string | string[]) {
            super(String(url).replace(from, to), protocols);
          }
        };
      },
      [GATEWAY, own].map((url) => url.replace("http:", "ws:")) as [string, string],
    );
    // Vite writes the environment into the module that reads it.
    await page.route("**/useGeminiSession.ts*", async (route) => {
      const served = await route.fetch();
      const setting = (seconds: string) => `"REACT_APP_RECONNECT_LIMIT_S": "${seconds}"`;
      const text = await served.text();
      expect(text).toContain(setting(LONG_RECONNECT_LIMIT_S));
      await route.fulfill({ response: served, body: text.replace(setting(LONG_RECONNECT_LIMIT_S), setting("12")) });
    });
    await person.open();
    await person.start();
    const killedAt = Date.now();
    gateway.kill();
    await expect(page.getByText("The server stopped responding", { exact: true })).toBeVisible();
    await expect(person.button("Interrupt AI")).toHaveAttribute("aria-disabled", "true");
    await expect(page.getByText("Retrying in")).toBeVisible();
    test.info().annotations.push({ type: "told after", description: `${Date.now() - killedAt} ms` });
    await expect(person.button("End Session")).toBeVisible();
    await expect(page.getByRole("alert")).toContainText("The server stopped responding.");
    await person.button("Try again").click();
    await expect(page.getByRole("alert")).toContainText("Can’t reach the server.");
  } finally {
    gateway.stop();
  }
});

test("a session that ended meanwhile is not looked for: the conversation goes on in a new one", async ({ person, page }) => {
  await person.open();
  const created = page.waitForResponse("**/api/session/create");
  await person.start();
  await endSession((await (await created).json()) as CreatedSession);
  await expect(page.getByText("Your conversation continues in a new session.")).toBeVisible();
  await expect(page.getByText("Listening", { exact: true })).toBeVisible();
  await person.isAnswered("in-a-new-session");
});

test("a path that swallows everything costs a few seconds at most", async ({ person, page }) => {
  await page.addInitScript(() => {
    // Candidates that nobody answers: the far side's are never let in.
    window.RTCPeerConnection = class extends RTCPeerConnection {
      override setRemoteDescription() {
        return Promise.resolve();
      }
    };
  });
  await person.open();
  await person.start();
  await expect(person.connection).toContainText("Connected over WebSocket");
  await person.isAnswered("past-the-silence");
});

test("UDP that dies silently in mid-call: the conversation goes on over the WebSocket, in the same session", async ({ person, page }) => {
  await page.addInitScript(() => {
    let dead = false;
    window.addEventListener("udp-dies", () => (dead = true));
    window.RTCPeerConnection = class extends RTCPeerConnection {
      override setRemoteDescription(answer: RTCSessionDescriptionInit) {
        return dead ? Promise.resolve() : super.setRemoteDescription(answer);
      }
      override createDataChannel(label: string, options?: RTCDataChannelInit) {
        const channel = super.createDataChannel(label, options);
        const send = channel.send.bind(channel) as (data: string) => void;
        channel.send = (data: unknown) => {
          if (!dead) send(data as string);
        };
        channel.addEventListener("message", (event) => {
          if (dead) event.stopImmediatePropagation();
        });
        return channel;
      }
    };
  });
  await person.waitsForWebRtc();
  await person.open();
  await person.start();
  await expect(person.connection).toHaveText("Connected over WebRTC");
  await person.letsSocketsOpen();
  const before = await sessions();
  await page.evaluate(() => {
    window.dispatchEvent(new Event("udp-dies"));
  });
  await page.getByText("Reconnecting…").waitFor();
  // Where the machine is so busy that the gateway's answer comes late, packets had no time to be missed.
  await expect(person.connection).toHaveText(/^Connected over WebSocket, because (UDP seems to be blocked here|WebRTC took too long)$/);
  await person.isAnswered("after-the-silence");
  expect(await sessions()).toMatchObject({ active: 1, created: before.created });
});
