/**
 * A person with a mouth and an ear in front of the real page.
 *
 * Mouth: before the page loads, `navigator.mediaDevices.getUserMedia` is replaced by one that gives the stream of a
 * MediaStreamAudioDestinationNode; `speak` plays decoded sound into it whenever the test likes.
 * Ear: `AudioNode.prototype.connect` is wrapped; what the page connects to the loudspeaker of its 24 kHz context also
 * goes into a tap worklet, which keeps every quantum that is not silent together with the context's own frame counter.
 * The page knows nothing of either.
 */
import { writeFileSync } from "node:fs";
import { expect, test as base, type Page } from "@playwright/test";
import { recognize, synthesize } from "./machine";
import type { Probe } from "./probe";
import { installProbe, TAP } from "./probe";

export { expect } from "@playwright/test";

/** The gateway that all stories share. */
export const GATEWAY = `http://127.0.0.1:${process.env["E2E_GATEWAY_PORT"] ?? ""}`;

export async function sessions(): Promise<{ active: number; created: number }> {
  const health = (await (await fetch(`${GATEWAY}/health`)).json()) as { sessions: { active: number; created: number } };
  return health.sessions;
}

export interface CreatedSession {
  readonly session_id: string;
  readonly session_key: string;
}

/** Ends a session that a page has created, behind its back. */
export async function endSession({ session_id, session_key }: CreatedSession): Promise<void> {
  await fetch(`${GATEWAY}/api/session/${session_id}`, { method: "DELETE", headers: { Authorization: `Bearer ${session_key}` } });
}

export async function activeSessions(): Promise<number> {
  return (await sessions()).active;
}

declare global {
  interface Window {
    probe: Probe;
    /** Where the probe's worklet is, for a page whose policy takes no blobs. */
    probeTap?: string;
  }
}

/** What was heard: samples at 24 kHz with the silence between them, from the first sound on. */
export interface Heard {
  readonly wavPath: string;
  readonly seconds: number;
}

export class Person {
  constructor(
    readonly page: Page,
    private readonly outputPath: (name: string) => string,
  ) {}

  async open(path = "/"): Promise<void> {
    await this.page.goto(path);
  }

  async start(): Promise<void> {
    await this.button("Start Conversation").click();
    await this.page.getByText("Listening", { exact: true }).waitFor();
  }

  /** From the next call on, both voices are kept. */
  async keepsSound(): Promise<void> {
    await this.page.getByRole("switch", { name: "Keep the sound of my conversations" }).check();
  }

  /** Opens one of the settings' groups; the settings are open. */
  async opensGroup(name: "Devices" | "AI" | "Conversation" | "Display" | "Privacy" | "Advanced"): Promise<void> {
    await this.page.getByRole("tab", { name, exact: true }).click();
  }

  /** Opens the quiet list of what the page knows and can do, if it is not open. */
  async opensDetails(): Promise<void> {
    const quiet = this.button("Conversation details");
    if ((await quiet.getAttribute("aria-expanded")) !== "true") await quiet.click();
  }

  button(name: string) {
    return this.page.getByRole("button", { name, exact: true });
  }

  get transcript() {
    return this.page.getByRole("log", { name: "Transcript" });
  }

  /** Says a sentence with a synthetic voice; settles when the last word is out. */
  async say(text: string): Promise<void> {
    await this.playInto(synthesize(text));
  }

  async playInto(wav: Buffer): Promise<void> {
    await this.page.evaluate((bytes) => window.probe.speak(bytes), wav.toString("base64"));
  }

  /** Settles when the loudspeaker sounds. */
  async hearsVoice(): Promise<void> {
    await this.page.waitForFunction(() => window.probe.sounding());
  }

  /**
   * From the next page on WebRTC wins the race against the WebSocket, however long a busy machine takes to open it: that
   * one does not open before `letsSocketsOpen`. What the page does when it is slower: src/services/transport/carrierRace.test.ts.
   */
  async waitsForWebRtc(): Promise<void> {
    await this.page.addInitScript(() => {
      let held = true;
      window.addEventListener("sockets-open", () => (held = false));
      window.WebSocket = new Proxy(window.WebSocket, {
        construct(native, [url, protocols]: [string | URL, string | undefined]) {
          if (!held || !String(url).endsWith("/ws")) return new native(url, protocols);
          return Object.assign(new EventTarget(), { readyState: 0, bufferedAmount: 0, close: () => undefined });
        },
      });
    });
  }

  async letsSocketsOpen(): Promise<void> {
    await this.page.evaluate(() => window.dispatchEvent(new Event("sockets-open")));
  }

  /** Settles when an answer is over: the loudspeaker has been silent for 800 ms after it sounded, and no more is to come. */
  async hearsSilenceAgain(limitMs?: number): Promise<void> {
    const over = () => {
      // A busy machine makes longer holes in a voice. The page knows then that the AI still speaks, or is about to.
      const headline = document.querySelector(".headline")?.textContent ?? "";
      const more = headline === "Speaking" || headline.endsWith("…");
      return window.probe.heardFrames() > 0 && window.probe.silentForMs() > 800 && !more;
    };
    await this.page.waitForFunction(over, undefined, limitMs === undefined ? {} : { timeout: limitMs });
  }

  /** Which words stand in the quiet line about the connection. */
  get connection() {
    return this.page.locator(".connection");
  }

  /** A question is asked aloud and its spoken answer understood. */
  async isAnswered(name: string): Promise<void> {
    await this.listenAnew();
    await this.say("What time is it in London?");
    await this.hearsSilenceAgain();
    expect(recognize((await this.heard(name)).wavPath)).toMatch(/london/i);
  }

  /** The call is cut in the middle of a long answer, and the conversation goes on by itself in the same session. */
  async survivesACut(): Promise<void> {
    const before = await sessions();
    await this.say("Tell me a story.");
    await this.hearsVoice();
    await this.page.evaluate(() => {
      window.probe.cut();
    });
    await this.page.getByText("Reconnecting…").waitFor();
    await expect(this.connection).toContainText("Connected over");
    await this.hearsVoice();
    await this.button("Interrupt AI").click();
    await expect(this.page.getByText("Listening", { exact: true })).toBeVisible();
    await this.isAnswered("after-the-cut");
    // Another test's session may still wait for a browser that was killed; of this call there is no second one.
    const now = await sessions();
    expect(now.created).toBe(before.created);
    expect(now.active).toBeLessThanOrEqual(before.active);
  }

  /** The connection doctor, which is open, does its work, and is spoken to when it asks. */
  async isExamined() {
    const doctor = this.page.getByRole("dialog", { name: "Connection test" });
    await doctor.getByRole("button", { name: "Start test" }).click();
    await expect(doctor.getByRole("meter", { name: "Mic level" })).toBeVisible();
    // Its own microphone is open when its meter moves.
    await this.page.waitForFunction(() => window.probe.liveTracks() > 0);
    await this.say("One, two, three, four, five.");
    await expect(doctor.getByRole("button", { name: "Test again" })).toBeVisible();
    return doctor;
  }

  /** Forgets what was heard so far. */
  async listenAnew(): Promise<void> {
    await this.page.evaluate(() => {
      window.probe.forget();
    });
  }

  /** What the loudspeaker played since the start or `listenAnew`, as a WAV file. */
  async heard(name: string): Promise<Heard> {
    const pcm = Buffer.from(await this.page.evaluate(() => window.probe.recording()), "base64");
    const wavPath = this.outputPath(`${name}.wav`);
    writeFileSync(wavPath, Buffer.concat([wavHeader(pcm.length, 24_000), pcm]));
    return { wavPath, seconds: pcm.length / 2 / 24_000 };
  }
}

export const test = base.extend<{ person: Person }>({
  person: async ({ page }, provide, testInfo) => {
    await page.addInitScript(installProbe, TAP);
    await provide(new Person(page, (name) => testInfo.outputPath(name)));
  },
});

export function wavHeader(bytes: number, rate: number): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + bytes, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(2 * rate, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(bytes, 40);
  return header;
}
