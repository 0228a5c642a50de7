import { describe, expect, it } from "vitest";
import { modelName, whoAnswers, whoIsAnswering } from "./whoAnswers";

const LOCAL = { backend: "emulator", model: "gemini-3.8-live", on_this_machine: true } as const;
const GEMINI = { backend: "vertex", model: "gemini-live-2.5-flash", on_this_machine: false } as const;

const told = (offered: Parameters<typeof whoAnswers>[0], page: string, api = "") => whoAnswers(offered, api, { href: page });

describe("where the voice goes", () => {
  it.each(["http://localhost:8000/app/", "http://127.0.0.1:8000/", "http://127.9.9.9/", "http://[::1]:3000/", "http://s2s.localhost/"])(
    "is this computer only for who sits at it: %s",
    (page) => {
      expect(told(LOCAL, page)).toBe("You’ll talk to the local engine on this computer. Your voice never leaves it.");
    },
  );

  it.each([
    ["https://voice.example.org/app/", ""],
    ["https://192.168.1.20:8443/app/", ""],
    ["http://notlocalhost/", ""],
    ["http://127.0.0.1.example.org/", ""],
    // A page of this computer that talks to a gateway elsewhere, and one from elsewhere that names this computer.
    ["http://localhost:3000/", "https://voice.example.org"],
    ["https://voice.example.org/", "http://localhost:8000"],
  ])("is this server for everybody else: page %s, gateway %s", (page, api) => {
    expect(told(LOCAL, page, api)).toBe("You’ll talk to the local engine on this server. Your voice goes no further.");
  });

  it("is another server where the engine runs on one", () => {
    expect(told({ ...LOCAL, on_this_machine: false }, "http://localhost/")).toContain("on another server");
  });

  it("is Google with Gemini, and the server on the way is not left out", () => {
    expect(told(GEMINI, "http://localhost/")).toBe("You’ll talk to Gemini Live 2.5 Flash. Your voice goes to Google.");
    expect(told(GEMINI, "https://voice.example.org/")).toBe("You’ll talk to Gemini Live 2.5 Flash. Your voice goes through this server to Google.");
  });

  it("is told in a call by who really answers, which may have changed since", () => {
    const page = { href: "https://voice.example.org/" };
    const model = { backend: "emulator", name: "gemini-3.8-live" } as const;
    expect(whoIsAnswering(model, LOCAL, "", page).where).toBe(". Your voice stays on this server.");
    expect(whoIsAnswering(model, null, "", { href: "http://localhost/" }).where).toBe(". Your voice stays on this computer.");
    expect(whoIsAnswering({ backend: "developer", name: "gemini-3.8-live" }, LOCAL, "", page)).toEqual({ name: "Gemini 3.8 Live", where: ", at Google" });
  });
});

it("writes a model's name as people do", () => {
  expect(modelName("gemini-3.8-live")).toBe("Gemini 3.8 Live");
  expect(modelName("")).toBe("");
});
