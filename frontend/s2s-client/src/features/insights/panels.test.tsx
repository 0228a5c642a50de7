// @vitest-environment jsdom
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import type { Spent, ToBrowser } from "../../types";
import ConnectGemini from "./ConnectGemini";
import { CostChip } from "./CostChip";
import CostPanel from "./CostPanel";
import { dollars, milliseconds } from "../../shared/format";
import { Insights } from "./insights";
import LatencyPanel from "./LatencyPanel";

beforeEach(() => {
  // jsdom knows no modal dialogs.
  HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
    this.open = true;
  };
});
afterEach(cleanup);

const READY: ToBrowser = { type: "ready", session_id: "s", backend: "vertex", model: "gemini-live", tools: [], images: true, wire: 1, input_rate: 16000, output_rate: 24000, frame_ms: 20 };
const SPENT: Spent = {
  type: "spent",
  prompt_text_tokens: 1_000_000,
  prompt_audio_tokens: 500_000,
  response_text_tokens: 0,
  response_audio_tokens: 250_000,
  tokens: 900_000,
  usd: 5,
  limit_tokens: 1_000_000,
  limit_usd: 10,
  usd_per_million: { text_in: 0.5, audio_in: 3, text_out: 2, audio_out: 12 },
  prices_as_of: "2026-11",
  prices_source: "a price list",
  prompt_image_tokens: 0,
  prompt_video_tokens: 0,
  estimated_turns: 0,
};

function bought() {
  const insight = new Insights(null, null);
  insight.onMessage(READY);
  insight.onMessage(SPENT);
  return insight;
}

const isAccessible = async (container: Element) => {
  const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  expect(violations.map(({ id }) => id)).toEqual([]);
};

it("the cost panel prices each kind, shows the limits, and lets one change a price and come back", async () => {
  const insight = bought();
  const show = () => <CostPanel found={insight.getSnapshot()} onReprice={insight.reprice} onClear={insight.clear} onClose={vi.fn()} />;
  const { container, rerender } = render(show());
  await isAccessible(container);
  const call = within(screen.getByRole("region", { name: "This conversation" }));
  expect(call.getByRole("row", { name: "Audio out 250,000 $3.00" })).toBeTruthy();
  expect(call.getByRole("row", { name: "Total 1,750,000 $5.00" })).toBeTruthy();
  expect(call.getByText(/900,000 of 1,000,000 tokens/)).toBeTruthy();
  expect(call.getByText(/\$5.00 of \$10.00/)).toBeTruthy();
  expect(screen.getByText(/As of 2026-11; source: a price list/)).toBeTruthy();
  expect(call.queryByText(/not counted by the service/)).toBeNull();
  insight.onMessage({ ...SPENT, prompt_image_tokens: 1_000_000, estimated_turns: 2 });
  rerender(show());
  expect(call.getByRole("row", { name: "Images in 1,000,000 $3.00" })).toBeTruthy();
  expect(call.getByText(/2 turns were not counted by the provider/)).toBeTruthy();
  insight.onMessage(SPENT);
  rerender(show());

  const price = screen.getByRole("spinbutton", { name: "Audio out" });
  await userEvent.clear(price);
  await userEvent.type(price, "24");
  rerender(show());
  expect(call.getByRole("row", { name: "Total 1,750,000 $8.00" })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Restore listed prices" }));
  rerender(show());
  expect(call.getByRole("row", { name: "Total 1,750,000 $5.00" })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Reset" }));
  rerender(show());
  expect(screen.getByText("Nothing counted yet.")).toBeTruthy();
});

it("the chip names what the call costs about, and nothing before anything was counted", () => {
  render(<CostChip found={new Insights(null, null).getSnapshot()} onOpen={vi.fn()} />);
  expect(screen.queryByRole("button")).toBeNull();
  render(<CostChip found={bought().getSnapshot()} onOpen={vi.fn()} />);
  expect(screen.getByRole("button").textContent).toBe("About $5.00");
});

it("the latency panel tells turns apart, says what it does not know, and a turn is chosen by its button", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
  onTestFinished(() => { vi.useRealTimers(); });
  const insight = new Insights(null, null);
  insight.onSpeech(Date.now() - 900);
  insight.onPlayed({ kind: "first", turn: 1, atMs: Date.now() }, 900);
  insight.onTextSent();
  insight.onPlayed({ kind: "first", turn: 2, atMs: Date.now() + 400 }, 400);
  const { container } = render(<LatencyPanel waits={insight.getSnapshot().waits} onClose={vi.fn()} />);
  await isAccessible(container);
  expect(screen.getByRole("heading", { name: "Reply 2: 400 ms after a typed message" })).toBeTruthy();
  expect(screen.getAllByText("Network, server, AI")).toHaveLength(1);
  expect(screen.getByText(/aren’t told apart yet/)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Reply 1" }));
  expect(screen.getByRole("heading", { name: "Reply 1: 900 ms" })).toBeTruthy();
});

it("the way to Gemini is copied line by line, and a browser that forbids it says so", async () => {
  const { container } = render(<ConnectGemini onClose={vi.fn()} />);
  await isAccessible(container);
  const person = userEvent.setup();
  const [key, account] = screen.getAllByRole("button", { name: "Copy" });
  await person.click(key!);
  expect(await navigator.clipboard.readText()).toBe("GEMINI_API_KEY=your-key");
  vi.spyOn(navigator.clipboard, "writeText").mockRejectedValue(new DOMException("", "NotAllowedError"));
  await person.click(account!);
  expect(screen.getByText(/browser doesn’t allow it/)).toBeTruthy();
});

it("figures are short and true", () => {
  expect([0, 0.00001, 0.00012345, 0.0149, 0.1, 12.345].map(dollars)).toEqual(["$0", "under $0.0001", "$0.00012", "$0.015", "$0.10", "$12.35"]);
  expect([0.4, 999, 1_240].map(milliseconds)).toEqual(["0 ms", "999 ms", "1.2 s"]);
});
