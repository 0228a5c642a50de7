// @vitest-environment jsdom
/** The session is gone, the conversation is not. */
import { describe, expect, it, vi } from "vitest";
import type { ToBrowser } from "../../types";
import { onNetworkStages, pass, type NetworkStage } from "../../testing/networkStage";

let net: NetworkStage;
onNetworkStages((fresh) => {
  net = fresh;
});

const WEBRTC = { carrier: "webrtc", detour: null };
const created = () => net.requests.filter((request) => request.endsWith("/create")).length;
const offersTo = (id: string) => net.requests.filter((request) => request.endsWith(`/${id}/offer`)).length;
const notice = (code: string, endsInMs?: number): ToBrowser => ({
  type: "notice",
  level: "warning",
  code,
  message: code,
  hint: "",
  ...(endsInMs !== undefined && { ends_in_ms: endsInMs }),
});

describe("a gateway that was restarted", () => {
  it("is given what was said, with the same wishes, and the conversation goes on by itself", async () => {
    net.history = [{ role: "user", text: "My name is Ada." }];
    (await net.live()).drop();
    net.forget();
    await pass(200);
    expect(JSON.parse(net.asked[1] ?? "")).toEqual({ voice: "Kore", history: net.history });
    expect(net.told).toEqual([WEBRTC, "away", "gone", "renewed: ended"]);
    await pass(0);
    expect(offersTo("s2")).toBe(1);
    net.peers.at(-1)?.open();
    expect(net.told.at(-1)).toEqual(WEBRTC);
    expect(net.peers.at(-1)?.control.sent.map((one) => "type" in one && one.type)).toEqual(["hello"]);
    expect(net.requests.filter((request) => request.startsWith("DELETE"))).toEqual([]);
  });

  it("is known to have been away, and is told so", async () => {
    const peer = await net.live();
    net.gatewayListens = false;
    peer.drop();
    await pass(200);
    net.socket(0).drop();
    net.gatewayListens = true;
    net.forget();
    await pass(500);
    expect(net.told).toEqual([WEBRTC, "away", "gone", "renewed: restarted"]);
    expect(created()).toBe(2);
  });

  it("says goodbye before: the page leaves at once and comes to the next one, when it may", async () => {
    const peer = await net.live();
    peer.control.says(notice("gateway_stopping", 20_000));
    expect(net.told).toEqual([WEBRTC]);
    net.refuses = { status: 503, code: "gateway_stopping", retryAfterS: 3 };
    peer.control.says(notice("gateway_stopping", 0));
    expect(peer.isClosed).toBe(true);
    await pass(0);
    expect(created()).toBe(2);
    await pass(2_900);
    expect(created()).toBe(2);
    net.refuses = null;
    await pass(100);
    expect(created()).toBe(3);
    expect(net.told).toEqual([WEBRTC, "away", "gone", "renewed: restarted"]);
  });

  it("is asked for one session only, also when the network changes in that moment", async () => {
    (await net.live()).drop();
    net.forget();
    vi.advanceTimersByTime(200);
    window.dispatchEvent(new Event("online"));
    window.dispatchEvent(new Event("online"));
    await pass(100);
    expect(created()).toBe(2);
  });

  it("is told of by the WebSocket's close code, too, and its notice is not for people", async () => {
    (await net.live()).drop();
    await pass(1_700);
    net.forget();
    const socket = net.socket(0);
    socket.open();
    socket.control.says(notice("session_not_found"));
    socket.drop(4404);
    await pass(0);
    expect(net.heard).toEqual([]);
    expect(created()).toBe(2);
    expect(net.told.slice(-2)).toEqual(["gone", "renewed: ended"]);
  });

  it("that stays away is given up honestly after 45 s", async () => {
    (await net.live()).drop();
    net.forget();
    await pass(200);
    net.gatewayListens = false;
    net.peers.at(-1)?.open();
    net.peers.at(-1)?.drop();
    await pass(46_000);
    expect(net.told.at(-1)).toMatchObject({ code: "server-stopped" });
    const requests = net.requests.length;
    await pass(60_000);
    expect(net.requests).toHaveLength(requests);
    expect(created()).toBe(2);
  });

  it("leaves no session behind when the person ends the call while it is being made", async () => {
    (await net.live()).drop();
    net.forget();
    vi.advanceTimersByTime(200);
    net.transport.close();
    await pass(0);
    const made = net.requests.filter((request) => request.startsWith("DELETE")).length;
    expect(made).toBe(created());
  });
});

describe("a new session that cannot be had", () => {
  it("is waited for as long as the gateway says, and its reason is told in the end", async () => {
    (await net.live()).drop();
    net.forget();
    net.refuses = { status: 503, code: "too_many_sessions", retryAfterS: 5 };
    await pass(200);
    expect(created()).toBe(2);
    await pass(4_900);
    expect(created()).toBe(2);
    await pass(40_000);
    expect(net.told.at(-1)).toMatchObject({ code: "gateway-busy", retryAfterS: 5 });
    expect(created()).toBeLessThan(12);
  });

  it("before midnight is not waited for", async () => {
    (await net.live()).drop();
    net.forget();
    net.refuses = { status: 503, code: "day_limit", retryAfterS: 3_600 };
    await pass(200);
    expect(net.told.at(-1)).toMatchObject({ code: "day-limit" });
  });

  it("is asked for again while a proxy says that nobody is behind it", async () => {
    (await net.live()).drop();
    net.forget();
    net.refuses = { status: 502, code: "" };
    await pass(2_000);
    expect(created()).toBeGreaterThan(2);
    net.refuses = null;
    await pass(4_000);
    expect(net.told.at(-1)).toBe("renewed: ended");
  });
});

describe("a page does not loop", () => {
  it("with sessions that die as soon as they are made", async () => {
    (await net.live()).drop();
    net.offers = 404;
    await pass(300_000);
    expect(created()).toBe(4);
    expect(net.told.at(-1)).toMatchObject({ code: "session-gone" });
  });

  it("with a gateway that lets it go for its bad manners: once more, then an honest end", async () => {
    const first = await net.live();
    first.control.says(notice("let_go"));
    first.drop();
    await pass(200);
    net.peer(1).open();
    net.peer(1).control.says(notice("too_many_messages"));
    net.peer(1).control.says(notice("let_go"));
    net.peer(1).drop();
    expect(net.told.at(-1)).toMatchObject({ code: "let-go" });
    const requests = net.requests.length;
    await pass(60_000);
    expect(net.requests).toHaveLength(requests);
  });

  it("with links that die young: from the third on it waits longer", async () => {
    await net.live();
    const tries: number[] = [];
    for (let loss = 0; loss < 6; loss++) {
      const peers = net.peers.length;
      net.peers.at(-1)?.drop();
      let waited = 0;
      while (net.peers.length === peers && waited < 10_000) {
        await pass(100);
        waited += 100;
      }
      tries.push(waited);
      net.peers.at(-1)?.open();
    }
    expect(tries).toEqual([200, 200, 500, 1_000, 2_000, 4_000]);
  });
});
