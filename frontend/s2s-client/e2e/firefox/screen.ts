/** A screen of the stories' own: only with a real one has Firefox a clipboard that takes pictures, and a screen to share. */
import { type ChildProcess, spawn } from "node:child_process";
import { guarded } from "../machine";

export class Screen {
  private constructor(
    /** For DISPLAY of the programs that are on this screen. */
    readonly display: string,
    private readonly guard: ChildProcess,
  ) {}

  static async open(): Promise<Screen> {
    const server = "exec Xvfb -displayfd 1 -screen 0 1280x960x24 -nolisten tcp";
    const guard = spawn(guarded(server), { shell: true, stdio: ["pipe", "pipe", "ignore"] });
    const number = await new Promise<string>((settle, fail) => {
      guard.stdout.once("data", (text: Buffer) => { settle(text.toString().trim()); });
      guard.once("exit", () => { fail(new Error("Xvfb did not start. Install it (Debian: apt-get install xvfb).")); });
    });
    return new Screen(`:${number}`, guard);
  }

  close(): void {
    this.guard.stdin?.end();
  }
}
