// @vitest-environment jsdom
import { describe, expect, it, vi } from "vitest";
import { onNetworkStages, pass, type NetworkStage } from "../testing/networkStage";

let net: NetworkStage;
onNetworkStages((fresh) => {
  net = fresh;
});

/** A call in which one microphone frame of ten is lost and every ping takes long, between these two addresses. */
async function badCall(local: string | null, remote: string): Promise<void> {
  const opened = net.transport.open();
  await pass(0);
  const peer = net.peer(0);
  peer.stats.set("t", { id: "t", type: "transport", selectedCandidatePairId: "p" });
  peer.stats.set("p", { id: "p", type: "candidate-pair", localCandidateId: "l", remoteCandidateId: "r" });
  peer.stats.set("l", { id: "l", type: "local-candidate", candidateType: "host", address: local });
  peer.stats.set("r", { id: "r", type: "remote-candidate", candidateType: "host", address: remote });
  peer.open();
  await opened;
  for (let second = 1; second <= 5; second++) {
    net.speak(50);
    await pass(1_000);
    peer.control.says({ type: "pong", ms: performance.now() - 150, gateway_ms: 0, mic_missing: 5 * second });
  }
}

describe("a relay's password", () => {
  const names = (): (string | undefined)[] => net.peers.map(({ iceServers }) => iceServers[0]?.username);

  it("is fetched anew for each connection after the first", async () => {
    net.relay = true;
    (await net.live()).drop();
    await pass(200);
    expect(names()).toEqual(["u1", "u2"]);
    expect(net.requests).toContain("GET /api/session/s1/ice-servers");
    expect(net.requests.filter((request) => request.endsWith("/offer"))).toHaveLength(2);
  });

  it("that cannot be renewed is used as it is", async () => {
    net.relay = true;
    net.renews = false;
    vi.spyOn(console, "info").mockImplementation(() => undefined);
    (await net.live()).drop();
    await pass(200);
    expect(names()).toEqual(["u1", "u1"]);
    expect(net.requests.filter((request) => request.endsWith("/offer"))).toHaveLength(2);
  });

  it("costs no request where there is no relay", async () => {
    (await net.live()).drop();
    await pass(200);
    expect(net.requests.some((request) => request.includes("ice-servers"))).toBe(false);
  });
});

describe("a call in which sound is lost", () => {
  it("leaves WebRTC where a network lies between, also one that begins at this computer's own address", async () => {
    await badCall("192.0.2.7", "198.51.100.9");
    expect(net.told).toContain("away");
  });

  it("is judged by the gateway's address where the browser hides its own", async () => {
    await badCall(null, "198.51.100.9");
    expect(net.told).toContain("away");
  });

  it("stays as it is where both ends are this computer: no other way would be better", async () => {
    await badCall("192.0.2.7", "192.0.2.7");
    expect(net.told).not.toContain("away");
  });
});
