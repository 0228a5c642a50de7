// @vitest-environment jsdom
import { describe, expect, it, vi } from "vitest";
import { NetworkStage, onNetworkStages, pass, type FakeLink } from "../../testing/networkStage";

let net: NetworkStage;
onNetworkStages((fresh) => {
  net = fresh;
});

const WEBRTC = { carrier: "webrtc", detour: null };
const types = (link: FakeLink) => link.control.sent.flatMap((one) => ("type" in one ? [one.type] : []));
const frames = (link: FakeLink) => link.audio.sent.flatMap((one) => ("number" in one ? [one.number] : []));
const texts = (link: FakeLink) => link.control.sent.flatMap((one) => ("type" in one && one.type === "text" ? [one.text] : []));

/** The gateway answers the newest ping. */
function pong(link: FakeLink): void {
  const ping = link.control.sent.findLast((one) => "type" in one && one.type === "ping");
  if (ping) link.control.says({ type: "pong", ms: ping.ms, gateway_ms: 0, mic_missing: 0 });
}

/** Drops the first link and opens the next one; gives the latter. */
async function cutAndBack(first: FakeLink): Promise<FakeLink> {
  first.drop();
  await pass(200);
  net.peer(1).open();
  return net.peer(1);
}

describe("an outage", () => {
  it("is that of a server that stopped where nothing answers at its address, and the next try can be made at once", async () => {
    await net.live();
    net.gatewayListens = false;
    await pass(2_000);
    expect(net.outage).toMatchObject({ serverStopped: true, keptUntilMs: expect.any(Number) as number });
    const tries = () => net.requests.filter((request) => request.endsWith("/offer")).length;
    await pass(8_000);
    while (net.outage?.nextTryAtMs === null) await pass(100);
    expect(net.outage!.nextTryAtMs).toBeGreaterThan(Date.now());
    const before = tries();
    net.transport.tryNow();
    await pass(0);
    expect(net.outage!.nextTryAtMs).toBeNull();
    expect(tries()).toBe(before + 1);
    // Once is enough while it is being tried.
    net.transport.tryNow();
    await pass(0);
    expect(tries()).toBe(before + 1);
    await pass(60_000);
    expect(net.told.at(-1)).toMatchObject({ code: "server-stopped" });
  });

  it("is not blamed on the server while this device has no network", async () => {
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    await net.live();
    net.gatewayListens = false;
    await pass(2_000);
    expect(net.outage?.serverStopped).toBe(false);
    await pass(60_000);
    expect(net.told.at(-1)).toMatchObject({ code: "connection-lost" });
  });

  it("keeps speech for as long as it says", async () => {
    const first = await net.live();
    first.drop();
    const { keptUntilMs } = net.outage!;
    expect(keptUntilMs - Date.now()).toBe(10_000);
    net.speak((keptUntilMs - Date.now()) / 20);
    await pass(200);
    net.peer(1).open();
    expect(frames(net.peer(1))[0]).toBe(1);
    expect(net.outage).toBeNull();
  });
});

describe("a lost connection", () => {
  it("is made again in the same session, with one hello", async () => {
    const second = await cutAndBack(await net.live());
    expect(net.told).toEqual([WEBRTC, "away", WEBRTC]);
    expect(types(second)).toEqual(["hello"]);
    expect(net.requests.filter((request) => request.endsWith("/create"))).toHaveLength(1);
    expect(net.requests.filter((request) => request.endsWith("/s1/offer"))).toHaveLength(2);
    expect(net.requests).not.toContain("DELETE /api/session/s1");
  });

  it("is noticed in every way in which it can be lost", async () => {
    const ways: ((link: Awaited<ReturnType<NetworkStage["live"]>>) => Promise<void> | void)[] = [
      (peer) => {
        peer.drop();
      },
      (peer) => {
        peer.becomes("failed");
      },
      (peer) => {
        peer.becomes("disconnected");
        return pass(2_000);
      },
      () => pass(7_000),
      () => {
        window.dispatchEvent(new Event("online"));
      },
      () => {
        vi.setSystemTime(Date.now() + 60_000);
        return pass(1_000);
      },
      async () => {
        net.gatewayListens = false;
        await pass(2_000);
      },
    ];
    for (const way of ways) {
      net.transport.close();
      net = new NetworkStage();
      await way(await net.live());
      expect(net.told).toEqual([WEBRTC, "away"]);
    }
    net.transport.close();
  });

  it("is not taken for lost while it heals within two seconds", async () => {
    const peer = await net.live();
    peer.becomes("disconnected");
    await pass(1_900);
    peer.becomes("connected");
    pong(peer);
    await pass(1_000);
    expect(net.told).toEqual([WEBRTC]);
  });

  it("falls to the WebSocket where WebRTC does not come back", async () => {
    (await net.live()).drop();
    await pass(200 + 1_500);
    net.socket(0).open();
    expect(net.told).toEqual([WEBRTC, "away", { carrier: "websocket", detour: "udp-blocked" }]);
    expect(types(net.socket(0))).toEqual(["hello"]);
    net.socket(0).drop();
    await pass(201);
    net.socket(1).open();
    expect(net.told.at(-1)).toEqual({ carrier: "websocket", detour: "udp-blocked" });
  });

  it("is tried for after 0.2, 0.5, 1, 2, 4 s, for 45 s, and then told honestly, once", async () => {
    const peer = await net.live();
    net.gatewayListens = false;
    const tries: number[] = [];
    const began = Date.now();
    vi.stubGlobal("WebSocket", function refused() {
      throw new TypeError("refused");
    });
    vi.stubGlobal("RTCPeerConnection", function counted() {
      tries.push(Date.now() - began);
      throw new TypeError("refused");
    });
    peer.drop();
    await pass(44_000);
    expect(tries.slice(0, 6)).toEqual([200, 700, 1_700, 3_700, 7_700, 11_700]);
    expect(net.told).toEqual([WEBRTC, "away"]);
    await pass(60_000);
    expect(net.told).toHaveLength(3);
    expect(net.told[2]).toMatchObject({ code: "connection-lost" });
    expect(tries.every((ms) => ms <= 45_000)).toBe(true);
  });

  it("can be ended at any moment, and then nothing more happens", async () => {
    (await net.live()).drop();
    await pass(200);
    net.transport.close();
    expect(net.requests.at(-1)).toBe("DELETE /api/session/s1");
    const before = net.requests.length;
    await pass(60_000);
    expect(net.requests).toHaveLength(before);
    expect(net.told).toEqual([WEBRTC, "away"]);
    expect(net.peers.every((peer) => peer.isClosed)).toBe(true);
  });

  it("does not wait for its turn when the network says that it is back", async () => {
    const peer = await net.live();
    net.offers = 500;
    peer.drop();
    await pass(200);
    net.socket(0).drop();
    net.offers = 200;
    const peers = net.peers.length;
    window.dispatchEvent(new Event("online"));
    await pass(0);
    expect(net.peers).toHaveLength(peers + 1);
  });
});

describe("what was said around the cut", () => {
  it("arrives once: what had arrived is not said again, what had not is", async () => {
    const first = await net.live();
    net.transport.sendControl({ type: "text", text: "arrived" });
    pong(first);
    net.transport.sendControl({ type: "text", text: "lost on the way" });
    first.drop();
    net.transport.sendControl({ type: "text", text: "said meanwhile" });
    await pass(200);
    net.peer(1).open();
    expect(texts(net.peer(1))).toEqual(["lost on the way", "said meanwhile"]);
    pong(net.peer(1));
    await pass(1_000);
    pong(net.peer(1));
    net.peer(1).drop();
    await pass(200);
    net.peer(2).open();
    expect(types(net.peer(2))).toEqual(["hello"]);
  });

  it("is known to have arrived also by its echo in the transcript", async () => {
    const first = await net.live();
    net.transport.sendControl({ type: "text", text: "Hello" });
    first.control.says({ type: "user_transcript", id: 1, text: "Hello", final: true });
    expect(texts(await cutAndBack(first))).toEqual([]);
  });

  it("keeps of positions, mute and interrupt only the newest, and of pings nothing", async () => {
    const first = await net.live();
    first.drop();
    for (const ms of [100, 200, 300]) net.transport.sendControl({ type: "played", turn: 2, ms });
    net.transport.sendControl({ type: "mic", muted: true });
    net.transport.sendControl({ type: "interrupt", turn: 2 });
    net.transport.sendControl({ type: "mic", muted: false });
    net.transport.sendControl({ type: "interrupt", turn: 3 });
    await pass(200);
    net.peer(1).open();
    expect(net.peer(1).control.sent.slice(1)).toEqual([
      { type: "played", turn: 2, ms: 300 },
      { type: "mic", muted: false },
      { type: "interrupt", turn: 3 },
    ]);
  });

  it("tells the gateway how far away it is: the shortest of the last round trips of this line", async () => {
    const first = await net.live();
    const trips = (link: FakeLink) => link.control.sent.flatMap((one) => ("type" in one && one.type === "ping" ? [one.round_trip_ms] : []));
    for (const ms of [300, 120, 500]) {
      await pass(1_000);
      first.control.sent.length = 0;
      net.transport.sendControl({ type: "text", text: "Hello" });
      await pass(ms);
      pong(first);
    }
    await pass(1_000);
    expect(trips(first).at(-1)).toBe(120);
    const second = await cutAndBack(first);
    await pass(1_000);
    expect(trips(second)).toEqual([undefined]);
  });

  it("is spoken, too: frames wait in order, at most the newest 10 s", async () => {
    const first = await net.live();
    net.speak(3);
    pong(first);
    first.drop();
    net.speak(510);
    await pass(200);
    net.peer(1).open();
    net.speak(1);
    // A new line is given no more than it shows it carries.
    expect(frames(net.peer(1))).toHaveLength(12);
    pong(net.peer(1));
    expect(frames(first)).toEqual([1, 2, 3]);
    expect(frames(net.peer(1))).toHaveLength(501);
    expect(frames(net.peer(1)).at(0)).toBe(14);
    expect(frames(net.peer(1)).at(-1)).toBe(514);
  });

  it("and what was spoken into a dead line is said again, but nothing that had arrived", async () => {
    const first = await net.live();
    net.speak(2);
    await pass(1_000);
    pong(first);
    net.speak(2);
    await pass(1_000);
    net.speak(2);
    await pass(1_000);
    net.speak(2);
    first.becomes("failed");
    await pass(200);
    net.peer(1).open();
    expect(frames(net.peer(1))).toEqual([5, 6, 7, 8]);
  });
});
