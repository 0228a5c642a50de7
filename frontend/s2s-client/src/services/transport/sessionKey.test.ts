// @vitest-environment jsdom
/** A call belongs to the page that holds its key. */
import { describe, expect, it } from "vitest";
import type { ToBrowser } from "../../types";
import { onNetworkStages, pass, type NetworkStage } from "../../testing/networkStage";

let net: NetworkStage;
onNetworkStages((fresh) => {
  net = fresh;
});

const deletions = () => net.requests.filter((request) => request.startsWith("DELETE"));
const created = () => net.requests.filter((request) => request.endsWith("/create")).length;
const refused = (code: string): ToBrowser => ({ type: "notice", level: "error", code, message: code, hint: "", ends_in_ms: 0 });

describe("the key of a session", () => {
  it("goes with hello, and with every request about the session", async () => {
    const peer = await net.live();
    expect(peer.control.sent[0]).toMatchObject({ type: "hello", session_key: "key-of-s1" });
    // The stage refuses what comes without it.
    expect(net.requests).toContain("POST /api/session/s1/offer");
    net.transport.close();
    expect(deletions()).toEqual(["DELETE /api/session/s1"]);
  });

  it("is a new one when a new session replaces a lost one", async () => {
    (await net.live()).drop();
    net.forget();
    await pass(200);
    net.peers.at(-1)?.open();
    expect(net.peers.at(-1)?.control.sent[0]).toMatchObject({ type: "hello", session_key: "key-of-s2" });
  });

  it.each(["session_key_required", "session_key_wrong"])("that is refused is not tried again: a new session goes on (%s)", async (code) => {
    const peer = await net.live();
    peer.control.says(refused(code));
    await pass(0);
    expect(created()).toBe(2);
    expect(net.heard).toEqual([]);
  });

  it.each([4401, 4403])("that is refused on the WebSocket ends the search for that session (%s)", async (closeCode) => {
    const opened = net.transport.open();
    await pass(2_500);
    net.socket(0).open();
    await opened;
    net.socket(0).drop(closeCode);
    await pass(0);
    expect(created()).toBe(2);
  });
});

describe("a call that goes on elsewhere", () => {
  const takenOver = async (): Promise<void> => {
    (await net.live()).control.says(refused("call_continued_elsewhere"));
  };

  it("is left to the other page: not ended, not taken back, and the person is told why", async () => {
    await takenOver();
    expect(net.told.at(-1)).toMatchObject({ code: "continued-elsewhere" });
    const asked = net.requests.length;
    await pass(60_000);
    window.dispatchEvent(new Event("online"));
    net.transport.close();
    await pass(0);
    expect(net.requests).toHaveLength(asked);
    expect(net.peers.every((peer) => peer.isClosed)).toBe(true);
    expect(net.told.filter((one) => one === "away")).toEqual([]);
  });

  it("is known by the close of the WebSocket alone", async () => {
    const opened = net.transport.open();
    await pass(2_500);
    net.socket(0).open();
    await opened;
    net.socket(0).drop(4409);
    await pass(60_000);
    expect(net.told.at(-1)).toMatchObject({ code: "continued-elsewhere" });
    expect(net.sockets).toHaveLength(1);
    expect(deletions()).toEqual([]);
  });
});
