// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { createRef } from "react";
import { afterEach, expect, it } from "vitest";
import type { Line } from "../../state/transcript";
import { Transcript } from "./Transcript";

const LINE: Line = { kind: "person", id: 1, text: "Look at this.", final: true };

afterEach(cleanup);

/** A list of 100 pixels, with as much in it as is wished: jsdom lays nothing out. */
function seen() {
  const list = createRef<HTMLDivElement>();
  render(<Transcript lines={[LINE]} voice={null} heard={() => null} onAsk={() => undefined} list={list} />);
  const element = list.current!;
  let height = 300;
  Object.defineProperty(element, "clientHeight", { get: () => 100 });
  Object.defineProperty(element, "scrollHeight", { get: () => height });
  const scrollTo = (top: number) => {
    element.scrollTop = top;
    fireEvent.scroll(element);
  };
  scrollTo(200);
  return { element, scrollTo, grow: (to: number) => { height = to; } };
}

it("a picture that gets its height late does not stop the transcript from following", () => {
  const { element, scrollTo, grow } = seen();
  grow(500);
  scrollTo(200);
  expect(screen.queryByText("Jump to latest")).toBeNull();
  const picture = element.appendChild(document.createElement("img"));
  fireEvent.load(picture);
  expect(element.scrollTop).toBe(500);
});

it("a reader who goes up is left there, and followed again at the end", () => {
  const { element, scrollTo } = seen();
  scrollTo(20);
  expect(screen.getByText("Jump to latest")).toBeTruthy();
  const picture = element.appendChild(document.createElement("img"));
  fireEvent.load(picture);
  expect(element.scrollTop).toBe(20);
  scrollTo(190);
  expect(screen.queryByText("Jump to latest")).toBeNull();
});
