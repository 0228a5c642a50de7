/** Whom one talks to and where the voice goes, true for the reader. Pure. */
import type { UpstreamOffered } from "../../services/pageApi";
import { isLoopback } from "../../shared/apiUrl";
import type { Model } from "../../state/sessionState";

/**
 * Where the model is, as seen from the reader: on their computer, on the gateway's, on a third one, or at Google. Only a page that
 * came from this computer, and talks to it, may speak of "this computer".
 */
export type Place = "this computer" | "this server" | "another server" | "Google";

type Answering = Pick<UpstreamOffered, "backend"> & Partial<Pick<UpstreamOffered, "on_this_machine">>;

export function placeOf({ backend, on_this_machine: near = true }: Answering, apiUrl: string, page: Pick<Location, "href">): Place {
  if (backend !== "emulator") return "Google";
  if (!near) return "another server";
  return isOnThisComputer(apiUrl, page) ? "this computer" : "this server";
}

function isOnThisComputer(apiUrl: string, page: Pick<Location, "href">): boolean {
  return isLoopback(page.href, page) && isLoopback(apiUrl, page);
}

/** Before a call: who would answer, and where the voice would go. */
export function whoAnswers(offered: UpstreamOffered, apiUrl: string, page: Pick<Location, "href">): string {
  switch (placeOf(offered, apiUrl, page)) {
    case "this computer":
      return "You’ll talk to the local engine on this computer. Your voice never leaves it.";
    case "this server":
      return "You’ll talk to the local engine on this server. Your voice goes no further.";
    case "another server":
      return "You’ll talk to a local engine on another server. Your voice goes there, and no further.";
    case "Google": {
      const way = isOnThisComputer(apiUrl, page) ? "" : "through this server ";
      return `You’ll talk to ${modelName(offered.model)}. Your voice goes ${way}to Google.`;
    }
  }
}

interface WhoIsAnswering {
  readonly name: string;
  /** Goes on after the name. */
  readonly where: string;
}

/** During a call, in a few words. `offered`: what was told before it. */
export function whoIsAnswering({ backend, name }: Model, offered: UpstreamOffered | null, apiUrl: string, page: Pick<Location, "href">): WhoIsAnswering {
  const near = offered?.backend === backend ? { on_this_machine: offered.on_this_machine } : {};
  const place = placeOf({ backend, ...near }, apiUrl, page);
  if (place === "Google") return { name: modelName(name), where: ", at Google" };
  return { name: "Local engine", where: `. Your voice stays on ${place}.` };
}

/** "gemini-3.8-live" as people write it: "Gemini 3.8 Live". */
export function modelName(model: string): string {
  const words = model.split("-").filter(Boolean);
  return words.map((word) => (word.at(0)?.toUpperCase() ?? "") + word.slice(1)).join(" ");
}
