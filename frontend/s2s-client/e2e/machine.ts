/** What the end-to-end tests need of the machine. A missing program is an error that says how to get it. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const CLIENT_DIR = resolve(import.meta.dirname, "..");
const PROJECT_DIR = resolve(CLIENT_DIR, "../..");
const BACKEND_DIR = join(PROJECT_DIR, "backend");

/** Where the browser is: CHROME_PATH, else what the PATH offers. */
export function chromiumPath(): string {
  const wished = process.env["CHROME_PATH"];
  if (wished) return wished;
  const found = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser"].map(onPath).find(Boolean);
  if (found) return found;
  throw new Error("No Chromium was found. Install one (Debian: apt-get install chromium) or set CHROME_PATH to its program.");
}

export const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--autoplay-policy=no-user-gesture-required",
  "--disable-quic",
  "--disable-background-networking",
] as const;

/** Seconds after which the page of these stories gives a lost connection up: a gateway must be able to start meanwhile. */
export const LONG_RECONNECT_LIMIT_S = "90";

/** A port of this machine that nobody uses. */
export function freePort(): string {
  const script = "const s=require('net').createServer().listen(0,'127.0.0.1',()=>{process.stdout.write(String(s.address().port));s.close()})";
  return execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
}

export function gatewayPython(): string {
  const python = join(BACKEND_DIR, ".venv/bin/python");
  if (existsSync(python)) return python;
  throw new Error("The gateway's environment is missing. Run `make setup` in the project's folder.");
}

/** A shell command that ends, with all it started, when whoever started it ends, in whatever way: its stdin is a pipe. */
export function guarded(command: string): string {
  return `exec ${gatewayPython()} ${join(PROJECT_DIR, "scripts/guard.py")} sh -c '${command}'`;
}

/** The gateway with its local engine, and nothing of the person's own settings. */
export function gatewayCommand(port: string, clientUrl: string, more: Record<string, string> = {}) {
  return {
    command: guarded(`echo $$; exec ${gatewayPython()} -m uvicorn main:app --host 127.0.0.1 --port ${port}`),
    cwd: BACKEND_DIR,
    env: {
      S2S_UPSTREAM: "emulator",
      S2S_CORS_ORIGINS: clientUrl,
      S2S_LOG_DIR: mkdtempSync(join(tmpdir(), "s2s-e2e-")),
      ...more,
    },
  };
}

/** A gateway of the story's own. It ends with the story at the latest. */
export async function startGateway(port: string, clientUrl: string, more: Record<string, string> = {}) {
  const { command, cwd, env } = gatewayCommand(port, clientUrl, more);
  const guard = spawn(command, { shell: true, cwd, env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "ignore"] });
  const pid = await new Promise<number>((settle) => {
    // The rest is read, too: a full pipe would stop the gateway.
    guard.stdout.on("data", (text: Buffer) => {
      settle(parseInt(text.toString(), 10));
    });
  });
  return {
    /** As the kernel does it: without a word to anybody. */
    kill: () => process.kill(pid, "SIGKILL"),
    stop: () => {
      guard.stdin.end();
    },
  };
}

/** A sentence as WAV bytes, by a synthesizer that is not the engine's own. */
export function synthesize(text: string): Buffer {
  const flite = onPath("flite");
  if (!flite) throw new Error("flite is missing. Install it (Debian: apt-get install flite).");
  const path = join(mkdtempSync(join(tmpdir(), "s2s-say-")), "said.wav");
  // Of flite's and espeak-ng's voices the one that is understood best, also when a busy machine cuts holes into it.
  execFileSync(flite, ["-voice", "slt", "--setf", "duration_stretch=1.15", "-t", text, "-o", path]);
  return readFileSync(path);
}

/**
 * A person's voice: LibriVox volunteers reading Austen (public domain), in Debian's pocketsphinx-testdata.
 * `name` is the four digits of the sentence.
 */
export function humanRecording(name: string): Buffer {
  const file = `/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-${name}.wav`;
  // Debian's place, or where scripts/needs.py unpacks what Debian did not install.
  const path = [file, join(PROJECT_DIR, ".test-data", file)].find(existsSync);
  if (path) return readFileSync(path);
  throw new Error("A human recording is missing. Install it (Debian: apt-get install pocketsphinx-testdata).");
}

/** The words in a WAV file, by the recognizer of the gateway's environment. */
export function recognize(wavPath: string): string {
  const script = join(import.meta.dirname, "recognize.py");
  return execFileSync(gatewayPython(), [script, wavPath], { encoding: "utf8" }).trim();
}

function onPath(program: string): string {
  const { status, stdout } = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}
