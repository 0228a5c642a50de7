import { useEffect, useState } from "react";
import type { SessionChoices } from "../../services/pageApi";
import { CallFailure } from "../../shared/callErrors";

export type Loaded = SessionChoices | "loading" | Missing;

/** Why there is nothing to choose from. */
export class Missing {
  constructor(readonly words: string) {}
}

/** The voices and tools that the server offers. */
export function useOffers(load: () => Promise<SessionChoices>): Loaded {
  const [offers, setOffers] = useState<Loaded>("loading");
  useEffect(() => {
    let gone = false;
    load().then(
      (found) => {
        if (!gone) setOffers(found);
      },
      (reason: unknown) => {
        if (!gone) setOffers(new Missing(reason instanceof CallFailure ? `${reason.failure.message} ${reason.failure.hint}` : "Can’t reach the server."));
      },
    );
    return () => {
      gone = true;
    };
  }, [load]);
  return offers;
}
