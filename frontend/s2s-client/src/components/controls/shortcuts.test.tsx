// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { commandOf } from "./shortcuts";
import { TalkButton } from "./TalkButton";
import { useShortcuts } from "./useShortcuts";

const onTalk = vi.fn();
const onCommand = vi.fn();
const press = (key: string, target: Element | Window = window, init = {}) => fireEvent.keyDown(target, { key, ...init });
const letGo = (key: string, target: Element | Window = window) => fireEvent.keyUp(target, { key });

function Page({ letters = true, space = true }) {
  useShortcuts({ letters, space, onTalk, onCommand });
  return (
    <>
      <button type="button">End Session</button>
      <input aria-label="Type" />
    </>
  );
}

beforeEach(() => {
  vi.clearAllMocks();
});
afterEach(cleanup);

describe("the space key", () => {
  it("talks while it is held, once however often it repeats", () => {
    render(<Page />);
    press(" ");
    press(" ", window, { repeat: true });
    expect(onTalk.mock.calls).toEqual([[true]]);
    letGo(" ");
    expect(onTalk.mock.calls).toEqual([[true], [false]]);
  });

  it.each(["blur", "visibilitychange"])("that is let go elsewhere (%s) is let go", (event) => {
    render(<Page />);
    press(" ");
    vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    fireEvent(event === "blur" ? window : document, new Event(event));
    letGo(" ");
    expect(onTalk.mock.calls).toEqual([[true], [false]]);
    vi.restoreAllMocks();
  });

  it("belongs to a text field, and to a button that was reached by Tab", () => {
    render(<Page />);
    press(" ", screen.getByRole("textbox"));
    press("Tab");
    press(" ", screen.getByRole("button"));
    expect(onTalk).not.toHaveBeenCalled();
    fireEvent.pointerDown(document.body);
    press(" ", screen.getByRole("button"));
    expect(onTalk).toHaveBeenCalledWith(true);
  });

  it("is the browser's where speech is found by itself", () => {
    render(<Page space={false} />);
    press(" ");
    expect(onTalk).not.toHaveBeenCalled();
  });
});

describe("letters", () => {
  it("do what the list says, but not in a text field, not with Ctrl, and not when they are switched off", () => {
    render(<Page />);
    press("m");
    expect(onCommand.mock.calls).toEqual([["mute"]]);
    press("m", screen.getByRole("textbox"));
    press("c", window, { ctrlKey: true });
    expect(onCommand).toHaveBeenCalledOnce();
    cleanup();
    render(<Page letters={false} />);
    press("m");
    expect(onCommand).toHaveBeenCalledOnce();
    expect(commandOf({ key: "Escape", ctrlKey: false, metaKey: false, altKey: false, repeat: false }, false)).toBe("interrupt");
  });
});

describe("the talk button", () => {
  const button = () => screen.getByRole("button");

  it("is held by finger, and by keyboard", () => {
    render(<TalkButton talking={false} disabled={false} onTalk={onTalk} />);
    Object.assign(button(), { setPointerCapture: () => undefined });
    fireEvent.pointerDown(button(), { button: 0, pointerId: 1 });
    fireEvent.pointerCancel(button(), { pointerId: 1 });
    press("Enter", button());
    letGo("Enter", button());
    expect(onTalk.mock.calls).toEqual([[true], [false], [true], [false]]);
  });

  it("is pressed and pressed again by a screen reader, which cannot hold", () => {
    render(<TalkButton talking={false} disabled={false} onTalk={onTalk} />);
    fireEvent.click(button(), { detail: 0 });
    fireEvent.click(button(), { detail: 0 });
    expect(onTalk.mock.calls).toEqual([[true], [false]]);
  });

  it("does nothing while the microphone is off", () => {
    render(<TalkButton talking={false} disabled onTalk={onTalk} />);
    press("Enter", button());
    expect(onTalk).not.toHaveBeenCalled();
  });
});
