/** Deletes everything of the person: on this device, and at the service what belongs to them or to calls whose key is here. */
import type { Insights } from "../features/insights/insights";
import type { CallArchive } from "../features/recording/callArchive";
import type { CallKey, Forgotten } from "../services/pageApi";
import { clearStorage, removeServiceWorker } from "../services/deviceStorage";
import { CallFailure, failure } from "../shared/callErrors";
import { storage, type SettingsStore } from "../state/settings";
import type { Failure } from "../types";
import type { SignIn } from "./signIn";

export interface Deletion {
  /** What this browser did not let the page delete; empty: nothing is left on this device. */
  readonly left: readonly Part[];
  /** What the service deleted, and what it has to keep; a failure if it could not be asked. */
  readonly service: Forgotten | Failure;
}

export type Part = "calls" | "keys" | "settings" | "offline-note";

interface Everything {
  readonly calls: Pick<CallArchive, "deleteEverything" | "reportKeys">;
  readonly settings: Pick<SettingsStore, "reset">;
  readonly insight: Pick<Insights, "reset">;
  readonly signIn: Pick<SignIn, "signOut">;
  /** Has the service delete what belongs to the caller, to the calls of this page, and to these. */
  readonly forget: (calls: readonly CallKey[]) => Promise<Forgotten>;
}

export async function deleteEverything({ calls, settings, insight, signIn, forget }: Everything): Promise<Deletion> {
  const left: Part[] = [];
  const deleted = async (part: Part, work: () => unknown): Promise<void> => {
    try {
      await work();
    } catch (fault) {
      console.error(`S2S: not deleted: ${part}.`, fault);
      left.push(part);
    }
  };
  // First: from now on nothing more of a running call is written.
  await deleted("calls", calls.deleteEverything);
  const keys = await calls.reportKeys();
  const reported = await keys.list().catch(unreadable);
  const service = await forget(reported).catch(toFailure);
  // As long as the service has not answered, the keys are the only way to have the reports deleted.
  if (!("code" in service)) await deleted("keys", () => keys.destroy());
  else if (reported.length > 0) left.push("keys");
  await deleted("settings", async () => {
    clearStorage(storage());
    clearStorage(storage("tab"));
    settings.reset();
    insight.reset();
    await signIn.signOut();
  });
  await deleted("offline-note", removeServiceWorker);
  return { left, service };
}

/** A browser that keeps nothing for the page, as in some private windows. */
function unreadable(fault: unknown): readonly CallKey[] {
  console.info("S2S: this browser keeps no keys.", fault);
  return [];
}

const toFailure = (reason: unknown): Failure => (reason instanceof CallFailure ? reason.failure : failure("gateway-error"));
