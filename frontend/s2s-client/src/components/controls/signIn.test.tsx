// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { useSyncExternalStore } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { SignIn } from "../../app/signIn";
import type { SessionChoices } from "../../services/pageApi";
import { eventually } from "../../../tests/eventually";
import { CallControls } from "./CallControls";
import { SettingsStore } from "../../state/settings";
import { signInText } from "./signInText";

afterEach(cleanup);

const CHOICES: SessionChoices = { voices: [], one_voice: true, tools: [] };
const nothing = () => undefined;
const CALL = { start: vi.fn(), goOn: vi.fn(), cancelRetry: nothing, interrupt: nothing, end: nothing, setMuted: nothing, turnOnMicrophone: () => Promise.resolve(), talk: nothing, readMicrophone: nothing, settings: new SettingsStore(null) };

/** The first screen at a gateway that answers so. */
function Screen({ signIn }: { readonly signIn: SignIn }) {
  const state = useSyncExternalStore(signIn.subscribe, signIn.getSnapshot);
  return (
    <>
      {state.asks !== "nothing" && <p>{signInText(state).headline}</p>}
      <CallControls state={{ status: "idle" }} session={{ ...CALL, signIn }} signIn={state} outlook={null} />
    </>
  );
}

function show(answer: (token: unknown) => Partial<SessionChoices>) {
  const signIn: SignIn = new SignIn(() => Promise.resolve({ ...CHOICES, ...answer(signIn.getToken({ refused: false })) }), null, null);
  const view = render(<Screen signIn={signIn} />);
  void signIn.check();
  return { view, person: userEvent.setup() };
}

it("asks for a key in place of the start, says that one is wrong, and then stands on the start", async () => {
  const { person } = show((token) => ({ auth: "key", may_call: token === "right" }));
  const field = await screen.findByLabelText("Your key");
  expect(screen.getByText("Sign in to begin")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Start Conversation" })).toBeNull();
  await person.type(field, "wrong{Enter}");
  expect(await screen.findByText(/This key isn’t valid/)).toBeTruthy();
  expect(field.getAttribute("aria-invalid")).toBe("true");
  await person.clear(field);
  await person.type(field, "right{Enter}");
  await eventually(() => { expect(document.activeElement).toBe(screen.getByRole("button", { name: "Start Conversation" })); });
});

it.each([
  ["jwt", "https://login.example.org/", "Sign in to begin", "link", "Sign in"],
  ["jwt", "", "You’re not signed in", "button", "Try again"],
  ["proxy", "", "Your sign-in has ended", "button", "Sign in again"],
  ["none", "", "This server isn’t open to visitors yet", "button", "Try again"],
] as const)("says what to do where the gateway wants to know who calls: %s %s", async (auth, login_url, headline, role, name) => {
  const { view } = show(() => ({ auth, may_call: false, login_url }));
  expect(await screen.findByRole(role, { name })).toBeTruthy();
  expect(screen.getByText(headline)).toBeTruthy();
  const found = await axe.run(view.container, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  expect(found.violations).toEqual([]);
});

it.each([
  { asks: "key", refused: false },
  { asks: "login", url: "" },
  { asks: "login", url: "https://login.example.org/" },
  { asks: "reload" },
  { asks: "operator" },
] as const)("keeps the settings of whoever runs the server behind Details: $asks $url", (state) => {
  const { headline, help, details } = signInText(state);
  expect(`${headline} ${help}`).not.toMatch(/S2S_|backend|\.env/);
  expect(help).toMatch(/^[A-Z].*\.$/);
  if (state.asks === "operator") expect(details).toContain("S2S_AUTH");
});
