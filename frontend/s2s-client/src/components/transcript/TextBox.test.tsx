// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { TextBox } from "./TextBox";

afterEach(cleanup);

function field() {
  const onSend = vi.fn();
  render(<TextBox enabled onSend={onSend} showing={null} watched={null} />);
  return { onSend, person: userEvent.setup(), field: screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" }) };
}

it("sends at Enter, and begins a new line at Shift and Enter", async () => {
  const { onSend, person, field: message } = field();
  await person.type(message, "Sort these:{Shift>}{Enter}{/Shift}pears{Shift>}{Enter}{/Shift}apples{Enter}");
  expect(onSend.mock.calls).toEqual([["Sort these:\npears\napples"]]);
  expect(message.value).toBe("");
});

it("keeps the lines of what is pasted", async () => {
  const { onSend, person, field: message } = field();
  await person.click(message);
  await person.paste("def f():\n    return 1");
  await person.keyboard("{Enter}");
  expect(onSend.mock.calls).toEqual([["def f():\n    return 1"]]);
});

it("is not sent by the Enter that accepts a word of an input method", () => {
  const { onSend, field: message } = field();
  fireEvent.change(message, { target: { value: "にほん" } });
  fireEvent.keyDown(message, { key: "Enter", isComposing: true });
  fireEvent.keyDown(message, { key: "Enter", keyCode: 229 });
  expect(onSend).not.toHaveBeenCalled();
  fireEvent.keyDown(message, { key: "Enter", keyCode: 13 });
  expect(onSend).toHaveBeenCalledOnce();
});

it("sends nothing where there is nothing but blanks", async () => {
  const { onSend, person, field: message } = field();
  await person.type(message, "  {Enter}");
  expect(onSend).not.toHaveBeenCalled();
});
