/** What the gateway has told before a call: who would answer, which voices there are. One store outside React. */
import type { SessionChoices } from "../services/pageApi";
import { CallFailure } from "../shared/callErrors";
import type { Failure } from "../types";

export type ChoicesState = { readonly found: SessionChoices } | { readonly failure: Failure } | null;

export class Choices {
  #state: ChoicesState = null;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly ask: () => Promise<SessionChoices>) {}

  /** null: not asked, or not answered yet. */
  readonly getSnapshot = (): ChoicesState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks the gateway. Throws CallFailure. */
  readonly load = async (): Promise<SessionChoices> => {
    try {
      const found = await this.ask();
      this.#set({ found });
      return found;
    } catch (reason) {
      if (reason instanceof CallFailure) this.#set({ failure: reason.failure });
      throw reason;
    }
  };

  #set(state: ChoicesState): void {
    this.#state = state;
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}
