/** What a conversation asks of the gateway, from what the person has chosen. Pure. */
import type { Wishes } from "../services/gatewayApi";
import type { Earlier } from "./persistedCall";
import { DEFAULTS, type Settings } from "../state/settings";

/** The person marks their speech. What is gone on with goes on in its own manner. */
export function isManual(settings: Settings, earlier: Earlier | null): boolean {
  return earlier ? earlier.pushToTalk : settings.turnTaking === "push-to-talk";
}

export function wishesOf(settings: Settings, earlier: Earlier | null): Wishes {
  const { voice, language, instruction, tools, sensitivity } = settings;
  return {
    ...(voice && { voice }),
    ...(language && { language }),
    ...(instruction.trim() && { system_instruction: instruction }),
    ...(tools && { tools }),
    ...(sensitivity !== DEFAULTS.sensitivity && { sensitivity }),
    ...(isManual(settings, earlier) && { turn_taking: "manual" as const }),
  };
}
