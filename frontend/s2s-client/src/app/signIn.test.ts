// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionChoices } from "../services/pageApi";
import { CallFailure } from "../shared/callErrors";
import { SignIn } from "./signIn";

const RIGHT = "the right key";
const CHOICES: SessionChoices = { voices: [], one_voice: true, tools: [] };

/** A page at a gateway that demands the right key. */
function page(answer: Partial<SessionChoices>) {
  const signIn: SignIn = new SignIn(
    () => Promise.resolve({ ...CHOICES, may_call: signIn.getToken({ refused: false }) === RIGHT, ...answer }),
    localStorage,
    sessionStorage,
  );
  return signIn;
}

const asks = async (signIn: SignIn) => {
  await signIn.check();
  return signIn.getSnapshot();
};

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  window.history.replaceState(null, "", "/app/");
});

describe("signing in", () => {
  it("is asked for by nobody who may call, and not by a gateway that knows none", async () => {
    expect(await asks(page({ auth: "jwt", may_call: true }))).toEqual({ asks: "nothing" });
    const older = new SignIn(() => Promise.resolve(CHOICES), null, null);
    expect(await asks(older)).toEqual({ asks: "nothing" });
  });

  it("takes a key, keeps the right one in the tab, and on the device only if that is wished", async () => {
    const signIn = page({ auth: "key" });
    expect(await asks(signIn)).toEqual({ asks: "key", refused: false });
    await signIn.enterKey("a wrong key", true);
    expect(signIn.getSnapshot()).toEqual({ asks: "key", refused: true });
    expect([localStorage.length, sessionStorage.length, signIn.hasToken]).toEqual([0, 0, false]);
    await signIn.enterKey(RIGHT, false);
    expect(signIn.getSnapshot()).toEqual({ asks: "nothing" });
    expect([JSON.stringify(localStorage), sessionStorage.getItem("s2s-token")]).toEqual(["{}", RIGHT]);
    expect(await asks(page({ auth: "key" }))).toEqual({ asks: "nothing" });
    await signIn.enterKey(RIGHT, true);
    sessionStorage.clear();
    expect(await asks(page({ auth: "key" }))).toEqual({ asks: "nothing" });
    await signIn.signOut();
    expect(signIn.getSnapshot()).toEqual({ asks: "key", refused: false });
    expect(localStorage.length + sessionStorage.length).toBe(0);
  });

  it("leads to the login page and back, with what only this tab can know", async () => {
    const there = await asks(page({ auth: "jwt", login_url: "https://login.example.org/authorize?client_id=s2s" }));
    const link = new URL(there.asks === "login" ? there.url : "");
    expect([link.origin, link.searchParams.get("client_id"), link.searchParams.get("redirect_uri")]).toEqual([
      "https://login.example.org",
      "s2s",
      "http://localhost:3000/app/",
    ]);
    window.history.replaceState(null, "", `/app/#token=${encodeURIComponent(RIGHT)}&state=${link.searchParams.get("state") ?? ""}`);
    expect(await asks(page({ auth: "jwt" }))).toEqual({ asks: "nothing" });
    expect(window.location.href).toBe("http://localhost:3000/app/");
  });

  it("takes no token that this tab has not asked for, and leaves none in the address", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    window.history.replaceState(null, "", `/app/#token=${encodeURIComponent(RIGHT)}&state=of-somebody-else`);
    expect(await asks(page({ auth: "jwt" }))).toEqual({ asks: "login", url: "" });
    expect(window.location.hash).toBe("");
  });

  it("takes a key from the address where one is wanted, keeps it in the tab, and leaves none in the address", async () => {
    window.history.replaceState(null, "", `/app/?a=b#key=${encodeURIComponent(RIGHT)}`);
    const signIn = page({ auth: "key" });
    expect(window.location.href).toBe("http://localhost:3000/app/?a=b");
    expect(await asks(signIn)).toEqual({ asks: "nothing" });
    expect([JSON.stringify(localStorage), sessionStorage.getItem("s2s-token")]).toEqual(["{}", RIGHT]);
    // As after a reload.
    expect(await asks(page({ auth: "key" }))).toEqual({ asks: "nothing" });
  });

  it("tries a key from the address in place of an old one, and says if it is wrong", async () => {
    sessionStorage.setItem("s2s-token", "of yesterday");
    localStorage.setItem("s2s-token", "of last week");
    window.history.replaceState(null, "", `/app/#key=${encodeURIComponent(RIGHT)}`);
    expect(await asks(page({ auth: "key" }))).toEqual({ asks: "nothing" });
    expect([localStorage.length, sessionStorage.getItem("s2s-token")]).toEqual([0, RIGHT]);
    sessionStorage.clear();
    window.history.replaceState(null, "", "/app/#key=wrong");
    expect(await asks(page({ auth: "key" }))).toEqual({ asks: "key", refused: true });
    expect(sessionStorage.length).toBe(0);
  });

  it("lets no link sign a person in as another one, or where no key is wanted", async () => {
    sessionStorage.setItem("s2s-token", RIGHT);
    window.history.replaceState(null, "", "/app/#key=of-somebody-else");
    const signIn = page({ auth: "key" });
    expect(await asks(signIn)).toEqual({ asks: "nothing" });
    expect([signIn.getToken({ refused: false }), window.location.hash]).toEqual([RIGHT, ""]);
    sessionStorage.clear();
    window.history.replaceState(null, "", "/app/#key=anything");
    const open = page({ auth: "none", may_call: true });
    await open.check();
    await open.check();
    expect([open.hasToken, sessionStorage.length]).toEqual([false, 0]);
  });

  it("takes an ID token only with the nonce that was sent", () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const idToken = (nonce: string) => `h.${btoa(JSON.stringify({ nonce }))}.s`;
    for (const [nonce, taken] of [["right", true], ["replayed", false]] as const) {
      sessionStorage.setItem("s2s-login-state", "right");
      window.history.replaceState(null, "", `/app/#id_token=${idToken(nonce)}&state=right`);
      expect(page({ auth: "jwt" }).hasToken).toBe(taken);
      sessionStorage.clear();
    }
  });

  it("is done at the proxy by loading the page again, and by nobody where nobody can", async () => {
    expect(await asks(page({ auth: "proxy" }))).toEqual({ asks: "reload" });
    expect(await asks(page({ auth: "none" }))).toEqual({ asks: "operator" });
    const ended = new SignIn(() => Promise.reject(new CallFailure("signed-out")), null, null);
    expect(await asks(ended)).toEqual({ asks: "reload" });
  });

  it("says why it does not know, and asks for nothing", async () => {
    const away = new SignIn(() => Promise.reject(new CallFailure("gateway-unreachable")), null, null);
    expect((await away.check())?.code).toBe("gateway-unreachable");
    expect(away.getSnapshot()).toEqual({ asks: "nothing" });
  });
});
