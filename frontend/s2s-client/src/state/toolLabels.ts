/** Readable labels for tools, made from their code names. Pure. */
import { linesOf, type SessionState } from "./sessionState";
import type { ToolLine } from "./transcript";

type Named = Pick<ToolLine, "name" | "title">;

/** Turns "get_weather" and "getWeather" into "get weather". */
export function toolLabel(name: string): string {
  const apart = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/[_.-]+/g, " ").trim();
  return apart.replace(/\b[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());
}

/** A heading: "Weather" for "get_weather". */
export function toolHeading(name: string): string {
  const words = toolLabel(name).replace(/^get (?=.)/, "");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * The text while a tool runs, without trailing dots: "Looking up the weather". Falls back to the name if the gateway sends
 * none.
 */
export function titleOf({ name, title }: Named): string {
  return title ?? `Using the tool ${toolLabel(name)}`;
}

/** The newest tool call that is still running, or null. */
export function runningTool(state: SessionState): ToolLine | null {
  const running = linesOf(state).findLast((line) => line.kind === "tool" && line.result === null);
  return running?.kind === "tool" ? running : null;
}
