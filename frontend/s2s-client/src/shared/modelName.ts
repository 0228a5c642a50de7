/** How a model is named to people. */
import type { Backend } from "../types";

/** The local engine speaks the protocol of a Gemini model and is none: it goes by its own name. */
export function modelName({ backend, name }: { readonly backend: Backend; readonly name: string }): string {
  return backend === "emulator" ? "Local engine" : name;
}
