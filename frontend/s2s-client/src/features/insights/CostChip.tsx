import { Coins } from "lucide-react";
import { pricesOf, usdOf } from "./cost";
import { dollars } from "../../shared/format";
import type { InsightsState } from "./insights";

/** What this call costs, roughly. Nothing before anything was counted. */
export function CostChip({ found: { cost, ledger }, onOpen }: { readonly found: InsightsState; readonly onOpen: () => void }) {
  if (!cost) return null;
  const prices = pricesOf(ledger.accounts.find(({ model }) => model === cost.model));
  return (
    <button type="button" className="quiet" aria-haspopup="dialog" title="Tokens and cost of this conversation and in total" onClick={onOpen}>
      <Coins aria-hidden="true" />
      {prices ? (
        <span>
          About <strong>{dollars(usdOf(cost.tokens, prices))}</strong>
        </span>
      ) : (
        <span>Free (local)</span>
      )}
    </button>
  );
}
