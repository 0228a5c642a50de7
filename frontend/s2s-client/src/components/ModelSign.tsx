import { Cloud, House } from "lucide-react";
import type { Model } from "../session/state";

/** Says where the voice goes. */
export function ModelSign({ model }: { readonly model: Model }) {
  const local = model.backend === "emulator";
  const Icon = local ? House : Cloud;
  return (
    <p className="sign" data-local={local}>
      <Icon aria-hidden="true" />
      <span>{local ? "Local engine, your voice stays on this machine" : model.name}</span>
    </p>
  );
}
