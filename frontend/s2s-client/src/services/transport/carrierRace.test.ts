// @vitest-environment jsdom
import { describe, expect, it, vi } from "vitest";
import { CallFailure } from "../../shared/callErrors";
import { onNetworkStages, pass, type NetworkStage } from "../../testing/networkStage";

let net: NetworkStage;
onNetworkStages((fresh) => {
  net = fresh;
});

async function failureOf(opening: Promise<void>) {
  const reason: unknown = await opening.catch((fault: unknown) => fault);
  expect(reason).toBeInstanceOf(CallFailure);
  return (reason as CallFailure).failure;
}

describe("the ladder", () => {
  it("takes WebRTC where it opens, and never asks for a WebSocket", async () => {
    await net.live();
    await pass(5_000);
    expect(net.sockets).toHaveLength(0);
    expect(net.told[0]).toEqual({ carrier: "webrtc", detour: null });
  });

  it("opens the WebSocket beside it after 2.5 s, in the same session; the first that opens wins", async () => {
    const opened = net.transport.open();
    await pass(2_499);
    expect(net.sockets).toHaveLength(0);
    await pass(1);
    expect(String(net.socket(0).url)).toBe("ws://gateway/api/session/s1/ws");
    net.socket(0).open();
    await opened;
    expect(net.told).toEqual([{ carrier: "websocket", detour: "udp-blocked" }]);
    expect(net.peer(0).isClosed).toBe(true);
    expect(net.requests.filter((request) => request.endsWith("/create"))).toHaveLength(1);
  });

  it("calls UDP blocked only where packets had their time and did not pass: a busy computer is merely slow", async () => {
    net.offerTakesMs = 1_600;
    const opened = net.transport.open();
    await pass(2_500);
    net.socket(0).open();
    await opened;
    expect(net.told).toEqual([{ carrier: "websocket", detour: "slow" }]);
  });

  it("does not call UDP blocked where this page had too little of the computer to know", async () => {
    const opened = net.transport.open();
    await pass(0);
    // Every quarter of a second another half is lost to something else.
    const native = performance.now.bind(performance);
    let lostMs = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => native() + lostMs);
    for (let tick = 0; tick < 10; tick++) {
      lostMs += 500;
      await pass(250);
    }
    net.socket(0).open();
    await opened;
    clock.mockRestore();
    expect(net.told).toEqual([{ carrier: "websocket", detour: "slow" }]);
  });

  it("does not call UDP blocked where the path is found and only the channels are not open yet", async () => {
    const opened = net.transport.open();
    await pass(2_500);
    net.peer(0).iceConnectionState = "connected";
    net.socket(0).open();
    await opened;
    expect(net.told).toEqual([{ carrier: "websocket", detour: "slow" }]);
  });

  it("lets WebRTC win also when the WebSocket is already on its way, and closes that", async () => {
    const opened = net.transport.open();
    await pass(2_600);
    net.peer(0).open();
    await opened;
    expect(net.told).toEqual([{ carrier: "webrtc", detour: null }]);
    expect(net.socket(0).isClosed).toBe(true);
    net.socket(0).open();
    expect(net.socket(0).sent).toEqual([]);
  });

  it("does not wait where the browser finds no candidate", async () => {
    const opened = net.transport.open();
    await pass(0);
    net.peer(0).onicecandidate?.({ candidate: null });
    net.socket(0).open();
    await opened;
    expect(net.told).toEqual([{ carrier: "websocket", detour: "udp-blocked" }]);
  });

  it("does not wait where the offer is refused", async () => {
    net.offers = 422;
    const opened = net.transport.open();
    await pass(0);
    net.socket(0).open();
    await opened;
    expect(net.told).toEqual([{ carrier: "websocket", detour: "refused" }]);
  });

  it("does not wait where there is no WebRTC at all", async () => {
    vi.stubGlobal("RTCPeerConnection", undefined);
    const opened = net.transport.open();
    await pass(0);
    net.socket(0).open();
    await opened;
    expect(net.told).toEqual([{ carrier: "websocket", detour: "no-webrtc" }]);
  });

  it("goes on with WebRTC when the WebSocket is refused", async () => {
    const opened = net.transport.open();
    await pass(2_500);
    net.socket(0).drop();
    await pass(5_000);
    net.peer(0).open();
    await opened;
    expect(net.told).toEqual([{ carrier: "webrtc", detour: null }]);
  });

  it("fails in plain words when nothing opens, and leaves nothing behind", async () => {
    const failed = failureOf(net.transport.open());
    await pass(15_000);
    expect((await failed).code).toBe("connection-failed");
    expect(net.peer(0).isClosed && net.socket(0).isClosed).toBe(true);
    expect(net.requests.at(-1)).toBe("DELETE /api/session/s1");
  });

  it("fails with the gateway's reason when both are refused", async () => {
    net.offers = 500;
    const failed = failureOf(net.transport.open());
    await pass(0);
    net.socket(0).drop();
    expect((await failed).code).toBe("gateway-error");
  });

  it("says hello once, to the winner only, and then what was said meanwhile", async () => {
    const opened = net.transport.open();
    net.transport.sendControl({ type: "text", text: "Hello" });
    net.speak(2);
    await pass(2_500);
    net.socket(0).open();
    await opened;
    expect(net.socket(0).sent.map((one) => ("type" in one ? one.type : one.number))).toEqual(["hello", "text", "ping", 1, 2]);
    expect(net.peer(0).control.sent).toEqual([]);
  });
});
