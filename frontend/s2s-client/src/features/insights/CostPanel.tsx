import { useState } from "react";
import { Dialog } from "../../components/primitives/Dialog";
import { type Account, type CallCost, isPrice, type Kind, KINDS, NO_TOKENS, PRICE_NAMES, type PriceName, type Prices, pricesOf, totalOf, usdOf } from "./cost";
import { count, dollars } from "../../shared/format";
import type { InsightsState } from "./insights";
import "./insights.css";

interface Props {
  readonly found: InsightsState;
  readonly onReprice: (model: string, own: Prices | null) => void;
  readonly onClear: () => void;
  readonly onClose: () => void;
}

const KIND_WORDS: Readonly<Record<Kind, string>> = {
  prompt_text: "Text in",
  prompt_audio: "Audio in",
  prompt_image: "Images in",
  prompt_video: "Video in",
  response_text: "Text out, with thinking",
  response_audio: "Audio out",
};

const PRICE_WORDS: Readonly<Record<PriceName, string>> = {
  text_in: "Text in",
  audio_in: "Audio in",
  image_in: "Images in",
  video_in: "Video in",
  text_out: "Text out",
  audio_out: "Audio out",
};

/** Tokens by kind and what they cost by a table that one may change. Everything here is an estimate, and says so. */
export default function CostPanel({ found: { cost, ledger }, onReprice, onClear, onClose }: Props) {
  const billed = ledger.accounts.filter(({ listed }) => listed !== null);
  return (
    <Dialog title="Tokens and cost" onClose={onClose}>
      <div className="panel">
        <p className="panel-lead">
          Estimate. The provider bills the full context on every turn; your invoice may differ.
        </p>
        {cost && <ThisCall cost={cost} account={ledger.accounts.find(({ model }) => model === cost.model)} />}
        <InAll accounts={ledger.accounts} sinceMs={ledger.sinceMs} onClear={onClear} />
        {billed.map((account) => (
          <PriceTable key={account.model} account={account} onReprice={onReprice} />
        ))}
      </div>
    </Dialog>
  );
}

function ThisCall({ cost, account }: { readonly cost: CallCost; readonly account: Account | undefined }) {
  const prices = pricesOf(account);
  const rows = KINDS.map((kind) => ({ kind, tokens: cost.tokens[kind] })).filter(({ tokens }) => tokens > 0);
  const one = (kind: Kind, tokens: number) => usdOf({ ...NO_TOKENS, [kind]: tokens }, prices);
  const total = totalOf(cost.tokens);
  return (
    <section aria-label="This conversation">
      <h3>This conversation, {cost.model}</h3>
      {!prices && <p>The local engine is free. Tokens are counted the way Gemini would count them.</p>}
      <div className="table-box">
        <table>
          <thead>
            <tr>
              <th scope="col">Kind</th>
              <th scope="col">Tokens</th>
              {prices && <th scope="col">Cost</th>}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ kind, tokens }) => (
              <tr key={kind}>
                <th scope="row">{KIND_WORDS[kind]}</th>
                <td>{count(tokens)}</td>
                {prices && <td>{dollars(one(kind, tokens))}</td>}
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">Total</th>
              <td>{count(total)}</td>
              {prices && <td>{dollars(usdOf(cost.tokens, prices))}</td>}
            </tr>
          </tfoot>
        </table>
      </div>
      {cost.estimatedTurns > 0 && (
        <p className="hint">
          {cost.estimatedTurns === 1 ? "One turn was" : `${String(cost.estimatedTurns)} turns were`} not counted by the provider, so estimated from the audio’s length.
        </p>
      )}
      {cost.limitTokens > 0 && <Limit words={`${count(cost.limitedTokens)} of ${count(cost.limitTokens)} tokens allowed per conversation, each counted once`} share={cost.limitedTokens / cost.limitTokens} />}
      {cost.limitUsd > 0 && <Limit words={`${dollars(cost.limitedUsd)} of ${dollars(cost.limitUsd)} allowed per conversation, at the server’s prices`} share={cost.limitedUsd / cost.limitUsd} />}
    </section>
  );
}

function Limit({ words, share }: { readonly words: string; readonly share: number }) {
  return (
    <label className="limit">
      {words}
      <meter min={0} max={1} high={0.8} value={Math.min(1, share)} />
    </label>
  );
}

function InAll({ accounts, sinceMs, onClear }: { readonly accounts: readonly Account[]; readonly sinceMs: number | null; readonly onClear: () => void }) {
  const sum = accounts.reduce((usd, account) => usd + usdOf(account.tokens, pricesOf(account)), 0);
  return (
    <section aria-label="All conversations">
      <h3>All conversations on this device{sinceMs !== null && `, since ${new Date(sinceMs).toLocaleDateString()}`}</h3>
      {accounts.length === 0 || sinceMs === null ? (
        <p className="hint">Nothing counted yet.</p>
      ) : (
        <>
          <div className="table-box">
            <table>
              <thead>
                <tr>
                  <th scope="col">Model</th>
                  <th scope="col">Tokens</th>
                  <th scope="col">Cost</th>
                </tr>
              </thead>
              <tbody>
                {accounts.map((account) => (
                  <tr key={account.model}>
                    <th scope="row">{account.model}</th>
                    <td>{count(totalOf(account.tokens))}</td>
                    <td>{pricesOf(account) ? dollars(usdOf(account.tokens, pricesOf(account))) : "free"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <div className="row">
            <strong>{sum > 0 ? `About ${dollars(sum)} in total` : "$0 so far"}</strong>
            <button type="button" className="button" onClick={onClear}>
              Reset
            </button>
          </div>
        </>
      )}
    </section>
  );
}

function PriceTable({ account, onReprice }: { readonly account: Account; readonly onReprice: Props["onReprice"] }) {
  const { model, listed, own, asOf, source } = account;
  const prices = own ?? listed;
  if (!prices) return null;
  return (
    <section aria-label={`Prices of ${model}`}>
      <h3>Prices of {model}</h3>
      <p className="hint">US dollars per million tokens. {own ? "Your own prices." : `As of ${asOf}; source: ${source}`}</p>
      <div className="price-grid">
        {PRICE_NAMES.map((name) => (
          <PriceField key={name} words={PRICE_WORDS[name]} price={prices[name]} onChange={(price) => { onReprice(model, { ...prices, [name]: price }); }} />
        ))}
      </div>
      {own && (
        <div className="row">
          <button type="button" className="button" onClick={() => { onReprice(model, null); }}>
            Restore listed prices
          </button>
        </div>
      )}
    </section>
  );
}

interface PriceFieldProps {
  readonly words: string;
  readonly price: number;
  readonly onChange: (price: number) => void;
}

/** While one types, what is typed stands there, also where it is no price yet. */
function PriceField({ words, price, onChange }: PriceFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  return (
    <label>
      {words}
      <input
        type="number"
        inputMode="decimal"
        min={0}
        step="any"
        value={draft ?? price}
        onChange={({ target }) => {
          setDraft(target.value);
          if (isPrice(target.valueAsNumber)) onChange(target.valueAsNumber);
        }}
        onBlur={() => {
          setDraft(null);
        }}
      />
    </label>
  );
}
