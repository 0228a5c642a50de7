/** The diagnostic steps. Independent of the browser, which is passed in as `Environment`. */
import { CallFailure } from "../../shared/callErrors";
import { type EchoFound } from "./echoDetection";
import { type Finding, finding } from "./findings";
import {
  type Abilities,
  type Exchange,
  type Health,
  judgeAbilities,
  judgeEcho,
  judgeHealth,
  judgeLevel,
  judgeQuality,
  judgeSocket,
  judgeTurn,
  judgeUdp,
  withoutWebRtc,
  type Path,
} from "./thresholds";
import type { InputLevel } from "./inputLevel";

/** An open connection to the gateway's echo endpoint. */
export interface EchoConnection {
  /** null: a WebSocket. */
  readonly path: Path | null;
  /** Sends `count` messages at the rate of audio frames and waits for the echoes. */
  exchange(count: number, signal: AbortSignal): Promise<Exchange>;
  close(): void;
}

/** The environment of the steps. Errors carry a message for the user. */
export interface Environment {
  abilities(): Abilities;
  /** null: no answer. */
  health(signal: AbortSignal): Promise<Health | null>;
  /** Asks for the microphone and listens for a few seconds while the user speaks. */
  level(signal: AbortSignal): Promise<InputLevel>;
  /** Plays a short sound and listens for it. */
  echo(signal: AbortSignal): Promise<EchoFound | null>;
  /** Whether a TURN server is set. */
  hasTurn(signal: AbortSignal): Promise<boolean>;
  peer(way: "any" | "relay", signal: AbortSignal): Promise<EchoConnection>;
  socket(signal: AbortSignal): Promise<EchoConnection>;
}

export interface Step {
  readonly id: "browser" | "gateway" | "microphone" | "echo" | "udp" | "turn" | "websocket" | "quality";
  readonly title: string;
  /** What the user sees and does during the step. */
  readonly asks: string;
}

export const STEPS: readonly Step[] = [
  { id: "browser", title: "Browser", asks: "Checking what this browser can do." },
  { id: "gateway", title: "Server and AI service", asks: "Asking the server how it is." },
  { id: "microphone", title: "Microphone", asks: "Please say a sentence or two now." },
  { id: "echo", title: "Echo", asks: "You’ll hear three short sounds. Please stay quiet." },
  { id: "udp", title: "Direct connection", asks: "Trying a direct connection." },
  { id: "turn", title: "Relay", asks: "Trying a relay (TURN)." },
  { id: "websocket", title: "Fallback", asks: "Trying a WebSocket." },
  { id: "quality", title: "Network quality", asks: "Sending two seconds of test data." },
];

export interface Progress {
  readonly onStep: (step: Step, at: number) => void;
  readonly onFindings: (findings: readonly Finding[]) => void;
}

/** 2 s of audio. */
const MESSAGES = 100;

const wordsOf = (fault: unknown): string => (fault instanceof Error && fault.message ? fault.message : String(fault));

/** Runs all steps; a step that fails becomes a finding and does not end the run. Rejects only with the signal's reason. */
export async function runDiagnostics(world: Environment, progress: Progress, signal: AbortSignal): Promise<void> {
  const examination = new DiagnosticRun(world, signal);
  try {
    for (const [at, step] of STEPS.entries()) {
      signal.throwIfAborted();
      progress.onStep(step, at);
      const found = await examination.runStep(step);
      signal.throwIfAborted();
      progress.onFindings(found);
    }
  } finally {
    examination.close();
  }
}

class DiagnosticRun {
  #direct: EchoConnection | null = null;
  #socket: EchoConnection | null = null;
  #hasMicrophone = false;

  constructor(
    private readonly world: Environment,
    private readonly signal: AbortSignal,
  ) {}

  async runStep(step: Step): Promise<readonly Finding[]> {
    const { world, signal } = this;
    switch (step.id) {
      case "browser":
        return [judgeAbilities(world.abilities())];
      case "gateway":
        return this.#gateway();
      case "microphone":
        return [await this.#microphone()];
      case "echo":
        return [await this.#echo()];
      case "udp":
        return [await this.#udp()];
      case "turn":
        return [await this.#turn()];
      case "websocket":
        return [await this.#websocket()];
      case "quality":
        return [judgeQuality((await (this.#direct ?? this.#socket)?.exchange(MESSAGES, signal)) ?? null)];
    }
  }

  close(): void {
    this.#direct?.close();
    this.#socket?.close();
  }

  async #gateway(): Promise<readonly Finding[]> {
    try {
      return judgeHealth(await this.world.health(this.signal));
    } catch (fault) {
      this.signal.throwIfAborted();
      return [finding("gateway", "Server", "fail", wordsOf(fault), hintOf(fault, ""), detailsOf(fault))];
    }
  }

  async #microphone(): Promise<Finding> {
    try {
      const level = await this.world.level(this.signal);
      this.#hasMicrophone = true;
      return judgeLevel(level);
    } catch (fault) {
      return finding("microphone", "Microphone", "fail", wordsOf(fault), hintOf(fault));
    }
  }

  async #echo(): Promise<Finding> {
    if (!this.#hasMicrophone) return finding("echo", "Echo", "none", "Skipped, because there’s no microphone.");
    try {
      return judgeEcho(await this.world.echo(this.signal));
    } catch (fault) {
      return finding("echo", "Echo", "warn", `Couldn’t play or hear the test sound: ${wordsOf(fault)}`, "Check that a speaker or headset is connected.");
    }
  }

  async #udp(): Promise<Finding> {
    if (!this.world.abilities().webrtc) return withoutWebRtc("udp", "Direct connection (UDP)");
    try {
      this.#direct = await this.world.peer("any", this.signal);
      return judgeUdp(this.#direct.path);
    } catch (fault) {
      return judgeUdp(null, wordsOf(fault));
    }
  }

  async #turn(): Promise<Finding> {
    if (!this.world.abilities().webrtc) return withoutWebRtc("turn", "Relay (TURN)");
    try {
      if (!(await this.world.hasTurn(this.signal))) return judgeTurn(undefined);
      const line = await this.world.peer("relay", this.signal);
      line.close();
      return judgeTurn(line.path);
    } catch (fault) {
      return judgeTurn(null, wordsOf(fault));
    }
  }

  async #websocket(): Promise<Finding> {
    try {
      this.#socket = await this.world.socket(this.signal);
      const { roundTripsMs } = await this.#socket.exchange(1, this.signal);
      return judgeSocket(roundTripsMs.length > 0);
    } catch (fault) {
      return judgeSocket(false, wordsOf(fault));
    }
  }
}

const detailsOf = (fault: unknown): string => (fault instanceof CallFailure ? (fault.failure.details ?? "") : "");

const hintOf = (fault: unknown, otherwise = "Check the microphone in your system’s sound settings."): string => {
  const hint = (fault as { failure?: { hint?: unknown } }).failure?.hint;
  return typeof hint === "string" ? hint : otherwise;
};
