/** Readable labels for tools, made from their names in code. Pure. */
import { linesOf, type SessionState } from "./sessionState";
import type { ToolLine } from "./transcript";

type Named = Pick<ToolLine, "name" | "title">;

/** "get_weather" and "getWeather" as "get weather". */
export function toolLabel(name: string): string {
  const apart = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/[_.-]+/g, " ").trim();
  return apart.replace(/\b[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());
}

/** A heading: "Get weather". */
export function toolHeading(name: string): string {
  const words = toolLabel(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** While it runs, without dots at the end: "Looking up the weather". A gateway that says nothing leaves the name. */
export function titleOf({ name, title }: Named): string {
  return title ?? `Using the tool ${toolLabel(name)}`;
}

/** The newest function that has not answered yet; null where none runs. */
export function runningTool(state: SessionState): ToolLine | null {
  const running = linesOf(state).findLast((line) => line.kind === "tool" && line.result === null);
  return running?.kind === "tool" ? running : null;
}
