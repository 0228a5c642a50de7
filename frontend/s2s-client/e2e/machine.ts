/** What the end-to-end tests need of the machine. A missing program is an error that says how to get it. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const CLIENT_DIR = resolve(import.meta.dirname, "..");
const BACKEND_DIR = resolve(CLIENT_DIR, "../../backend");

/** Where the browser is: CHROME_PATH, else what the PATH offers. */
export function chromiumPath(): string {
  const wished = process.env["CHROME_PATH"];
  if (wished) return wished;
  const found = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser"].map(onPath).find(Boolean);
  if (found) return found;
  throw new Error("No Chromium was found. Install one (Debian: apt-get install chromium) or set CHROME_PATH to its program.");
}

export function gatewayPython(): string {
  const python = join(BACKEND_DIR, ".venv/bin/python");
  if (existsSync(python)) return python;
  throw new Error("The gateway's environment is missing. Run `make setup` in the project's folder.");
}

/** The gateway with its local engine, and nothing of the person's own settings. */
export function gatewayCommand(port: string, clientUrl: string, more: Record<string, string> = {}) {
  return {
    command: `${gatewayPython()} -m uvicorn main:app --host 127.0.0.1 --port ${port}`,
    cwd: BACKEND_DIR,
    env: {
      S2S_UPSTREAM: "emulator",
      S2S_CORS_ORIGINS: clientUrl,
      S2S_LOG_DIR: mkdtempSync(join(tmpdir(), "s2s-e2e-")),
      ...more,
    },
  };
}

/** A sentence as WAV bytes, by a synthesiser that is not the engine's own. */
export function synthesise(text: string): Buffer {
  const espeak = onPath("espeak-ng");
  if (!espeak) throw new Error("espeak-ng is missing. Install it (Debian: apt-get install espeak-ng).");
  return execFileSync(espeak, ["-v", "en-us", "-s", "150", "--stdout", text], { maxBuffer: 50_000_000 });
}

/** A person's recording as WAV bytes: a name below Debian's asterisk-core-sounds-en-g722 or pocketsphinx-testdata. */
export function humanRecording(path: string): Buffer {
  if (!existsSync(path)) {
    throw new Error(`${path} is missing. Install it (Debian: apt-get install pocketsphinx-testdata).`);
  }
  const ffmpeg = onPath("ffmpeg");
  if (!ffmpeg) throw new Error("ffmpeg is missing. Install it (Debian: apt-get install ffmpeg).");
  const raw = path.endsWith(".raw") ? ["-f", "s16le", "-ar", "16000", "-ac", "1"] : [];
  return execFileSync(ffmpeg, ["-loglevel", "error", ...raw, "-i", path, "-f", "wav", "-"], { maxBuffer: 50_000_000 });
}

/** The words in a WAV file, by the recogniser of the gateway's environment. */
export function recognise(wavPath: string): string {
  const script = join(import.meta.dirname, "recognise.py");
  return execFileSync(gatewayPython(), [script, wavPath], { encoding: "utf8" }).trim();
}

function onPath(program: string): string {
  const { status, stdout } = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}
