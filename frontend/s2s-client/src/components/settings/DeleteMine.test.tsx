// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Deletion } from "../../app/deletion";
import { failure } from "../../shared/callErrors";
import { DeleteMine } from "./DeleteMine";

beforeEach(() => {
  // jsdom has no layout.
  Element.prototype.scrollIntoView = vi.fn();
});
afterEach(cleanup);

async function pressed(outcome: Deletion, inCall = false) {
  const deleteEverything = vi.fn(() => Promise.resolve(outcome));
  render(<DeleteMine session={{ deleteEverything }} inCall={inCall} />);
  const person = userEvent.setup();
  await person.click(screen.getByRole("button", { name: "Delete my data" }));
  expect(deleteEverything).not.toHaveBeenCalled();
  await person.click(screen.getByRole("button", { name: "Delete everything? This can’t be undone." }));
  expect(deleteEverything).toHaveBeenCalledOnce();
  return (await screen.findByText(/^Everything on this device/)).closest("[role=status]")?.textContent ?? "";
}

it("deletes at the second press only, and says what was deleted and what stays", async () => {
  const said = await pressed({ left: [], service: { reports: 2, recordings: 0, stays: ["Logs: for at most 30 days."] } }, true);
  for (const words of ["Everything on this device is deleted.", "2 reports and no recordings were deleted.", "Logs: for at most 30 days."]) expect(said).toContain(words);
  expect(screen.getByText(/also ends the conversation/)).toBeTruthy();
});

it("says what is left, and that one can try again where the service was not reached", async () => {
  const said = await pressed({ left: ["calls", "keys"], service: failure("gateway-unreachable") });
  expect(said).toContain("except: history, the keys to your reports.");
  expect(said).toContain("The server still has its copy: Can’t reach the server.");
  expect(said).toContain("so you can try again");
});

it("is called off when the focus goes elsewhere", async () => {
  render(<DeleteMine session={{ deleteEverything: vi.fn() }} inCall={false} />);
  const person = userEvent.setup();
  await person.click(screen.getByRole("button"));
  await person.tab();
  expect(screen.getByRole("button", { name: "Delete my data" })).toBeTruthy();
});
