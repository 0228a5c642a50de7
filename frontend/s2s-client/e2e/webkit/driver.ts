/** WebKitGTK's own WebDriver and its MiniBrowser, which is a window around the engine and nothing else. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { Builder, Capabilities, type WebDriver } from "selenium-webdriver";
import type { Screen } from "../firefox/screen";
import type { SoundCard } from "../firefox/soundCard";
import { freePort, guarded } from "../machine";

/** WEBKIT_PATH, else where Debian and Ubuntu keep it. */
function miniBrowserPath(): string {
  const wished = process.env["WEBKIT_PATH"];
  if (wished) return wished;
  const libraries = readdirSync("/usr/lib").map((folder) => join("/usr/lib", folder, "webkit2gtk-4.1/MiniBrowser"));
  const found = libraries.find((path) => existsSync(path));
  if (found) return found;
  throw new Error("No MiniBrowser of WebKitGTK was found. Install it (Debian: apt-get install libwebkit2gtk-4.1-0) or set WEBKIT_PATH to its program.");
}

/** Of GStreamer, which is WebKitGTK's way to the sound card. */
const SOUND_PARTS = [
  ["libgstpulseaudio.so", "gstreamer1.0-pulseaudio"],
  ["libgstaudioconvert.so", "gstreamer1.0-plugins-base"],
  ["libgstinterleave.so", "gstreamer1.0-plugins-good"],
] as const;

function needSoundParts(): void {
  const folders = readdirSync("/usr/lib").map((folder) => join("/usr/lib", folder, "gstreamer-1.0"));
  for (const [file, debianPackage] of SOUND_PARTS) {
    if (folders.some((folder) => existsSync(join(folder, file)))) continue;
    throw new Error(`${file} is missing: without it WebKitGTK has no sound. Install it (Debian: apt-get install ${debianPackage}).`);
  }
}

export class WebKit {
  private constructor(
    private readonly url: string,
    readonly downloads: string,
    private readonly guard: ChildProcess,
  ) {}

  static async open(card: SoundCard, screen: Screen): Promise<WebKit> {
    if (spawnSync("sh", ["-c", "command -v WebKitWebDriver"]).status !== 0) {
      throw new Error("WebKitWebDriver is missing. Install it (Debian: apt-get install webkit2gtk-driver).");
    }
    needSoundParts();
    const port = freePort();
    const home = mkdtempSync(join(tmpdir(), "s2s-webkit-"));
    mkdirSync(join(home, "files"));
    writeFileSync(join(home, "user-dirs.dirs"), 'XDG_DOWNLOAD_DIR="$HOME/files"\n');
    const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_RUNTIME_DIR: home, PULSE_SERVER: card.server, DISPLAY: screen.display };
    const guard = spawn(guarded(`exec WebKitWebDriver --port=${port}`), { shell: true, cwd: home, env, stdio: ["pipe", "ignore", "ignore"] });
    const url = `http://127.0.0.1:${port}`;
    await expect.poll(async () => (await fetch(`${url}/status`).catch(() => null))?.status, { message: "WebKitWebDriver starts" }).toBe(200);
    return new WebKit(url, join(home, "files"), guard);
  }

  /** A window on a device on which nothing is kept yet. There can be one at a time. */
  async window(more: readonly string[] = []): Promise<WebDriver> {
    const browser = { binary: miniBrowserPath(), args: ["--automation", ...more] };
    const wishes = new Capabilities({ browserName: "MiniBrowser", "webkitgtk:browserOptions": browser });
    return await new Builder().usingServer(this.url).disableEnvironmentOverrides().withCapabilities(wishes).build();
  }

  close(): void {
    this.guard.stdin?.end();
  }
}
