/** Builds the session request for the gateway from the user's settings. Pure. */
import type { SessionRequest } from "../services/gatewayApi";
import type { EarlierCall } from "./persistedCall";
import { DEFAULTS, type Settings } from "../state/settings";

/** Whether the user marks their speech (push-to-talk). A continued conversation keeps its mode. */
export function isManualTurnTaking(settings: Settings, earlier: EarlierCall | null): boolean {
  return earlier ? earlier.pushToTalk : settings.turnTaking === "push-to-talk";
}

export function sessionRequestOf(settings: Settings, earlier: EarlierCall | null): SessionRequest {
  const { voice, language, instruction, tools, sensitivity } = settings;
  return {
    ...(voice && { voice }),
    ...(language && { language }),
    ...(instruction.trim() && { system_instruction: instruction }),
    ...(tools && { tools }),
    ...(sensitivity !== DEFAULTS.sensitivity && { sensitivity }),
    ...(isManualTurnTaking(settings, earlier) && { turn_taking: "manual" as const }),
  };
}
