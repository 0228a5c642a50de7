// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TextBox } from "../../components/transcript/TextBox";
import { PageApi } from "../../services/pageApi";
import { type SessionEvent, SessionStore } from "../../state/sessionState";
import { ImageSharing } from "./imageSharing";
import { eventually } from "../../../tests/eventually";

beforeEach(() => {
  // jsdom has neither.
  URL.createObjectURL = () => "blob:cat";
  URL.revokeObjectURL = () => undefined;
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const READY: SessionEvent = {
  type: "message",
  message: {
    type: "ready",
    session_id: "s",
    backend: "emulator",
    model: "m",
    tools: [],
    images: true,
    wire: 1,
    input_rate: 16_000,
    output_rate: 24_000,
    frame_ms: 20,
  },
};
const CAT = new File(["cat"], "cat.png", { type: "image/png" });

function liveCall() {
  const store = new SessionStore();
  for (const event of [{ type: "start" }, { type: "microphone-open" }, READY] as const) store.dispatch(event);
  return { store, showing: new ImageSharing(store, new PageApi("")) };
}

function show(taken: boolean) {
  const { showing } = liveCall();
  const picture = vi.fn(() => Promise.resolve(taken));
  Object.assign(showing, { picture });
  const onSend = vi.fn();
  render(<TextBox enabled onSend={onSend} showing={showing} watched={null} />);
  return { picture, onSend, person: userEvent.setup() };
}

it("a pasted picture is seen, sent, and asked about with the words beside it", async () => {
  const { picture, onSend, person } = show(true);
  fireEvent.paste(screen.getByLabelText("Message"), { clipboardData: { files: [CAT] } });
  await screen.findByAltText("The image you chose");
  await person.type(screen.getByLabelText("Message"), "What is it?{Enter}");
  expect(picture).toHaveBeenCalledWith(CAT);
  expect(onSend).toHaveBeenCalledExactlyOnceWith("What is it?");
  expect(screen.queryByAltText("The image you chose")).toBeNull();
});

it("words about a picture that was refused are not sent and not lost", async () => {
  const { onSend, person } = show(false);
  fireEvent.drop(screen.getByLabelText("Message"), { dataTransfer: { files: [CAT], types: ["Files"] } });
  await person.type(screen.getByLabelText("Message"), "What is it?{Enter}");
  expect(onSend).not.toHaveBeenCalled();
  expect(screen.getByLabelText<HTMLTextAreaElement>("Message").value).toBe("What is it?");
});

it("a chosen picture can be removed again", async () => {
  const { picture, person } = show(true);
  await person.click(screen.getByRole("button", { name: "Share an image, camera or screen" }));
  await person.upload(await screen.findByLabelText("An image to share"), CAT);
  await person.click(screen.getByRole("button", { name: "Remove the image" }));
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Send" }).disabled).toBe(true);
  expect(picture).not.toHaveBeenCalled();
});

it("nothing can be shown to an AI that takes no pictures", () => {
  render(<TextBox enabled onSend={vi.fn()} showing={null} watched={null} />);
  expect(screen.queryByRole("button", { name: "Share an image, camera or screen" })).toBeNull();
});

it("a camera that is not allowed is told in plain words, and nothing is shown", async () => {
  const { store, showing } = liveCall();
  const getUserMedia = vi.fn(() => Promise.reject(new DOMException("no", "NotAllowedError")));
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
  await showing.watch("camera");
  const state = store.getSnapshot();
  expect(state).toMatchObject({ status: "live", watched: null });
  expect(state.status === "live" && state.lines.at(-1)).toMatchObject({ kind: "notice", text: "Camera access is blocked." });
});

it("the camera is let go when the call ends, and when its source goes away", async () => {
  for (const how of ["call", "source"] as const) {
    const { store, showing } = liveCall();
    const track = Object.assign(new EventTarget(), { stop: vi.fn() });
    const stream = { getTracks: () => [track], getVideoTracks: () => [track] };
    vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: () => Promise.resolve(stream) } });
    vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementation(() => new Promise(() => undefined));
    void showing.watch("camera");
    await eventually(() => { expect(store.getSnapshot()).toMatchObject({ watched: "camera" }); });
    if (how === "call") store.dispatch({ type: "end" });
    else track.dispatchEvent(new Event("ended"));
    expect(track.stop).toHaveBeenCalledTimes(1);
    expect(showing.getStream()).toBeNull();
  }
});

it("a refused picture leaves its reason in the transcript", async () => {
  const { store, showing } = liveCall();
  vi.stubGlobal("createImageBitmap", () => Promise.reject(new Error("no picture")));
  expect(await showing.picture(CAT)).toBe(false);
  expect(store.getSnapshot()).toMatchObject({ lines: [{ kind: "notice", text: "This image couldn’t be read." }] });
});
