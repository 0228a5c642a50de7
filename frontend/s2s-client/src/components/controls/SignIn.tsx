import { KeyRound, LogIn, RotateCw } from "lucide-react";
import { type SubmitEvent, useId, useState } from "react";
import type { SignIn as SignInStore, SignInState } from "../../app/signIn";
import type { Failure } from "../../types";

interface Props {
  readonly state: Exclude<SignInState, { asks: "nothing" }>;
  readonly signIn: Pick<SignInStore, "check" | "enterKey">;
}

/** What stands in place of the start until the gateway knows who calls. */
export default function SignIn({ state, signIn }: Props) {
  switch (state.asks) {
    case "key":
      return <KeyForm refused={state.refused} enterKey={signIn.enterKey} />;
    case "login":
      if (state.url === "") return <Again check={signIn.check} />;
      return (
        <a className="button primary" href={state.url}>
          <LogIn aria-hidden="true" />
          Sign in
        </a>
      );
    case "reload":
      return (
        <button type="button" className="button primary" onClick={() => { window.location.reload(); }}>
          <RotateCw aria-hidden="true" />
          Sign in again
        </button>
      );
    case "operator":
      return <Again check={signIn.check} />;
  }
}

function Again({ check }: Pick<SignInStore, "check">) {
  return (
    <button type="button" className="button" onClick={() => void check()}>
      <RotateCw aria-hidden="true" />
      Try again
    </button>
  );
}

function KeyForm({ refused, enterKey }: { readonly refused: boolean } & Pick<SignInStore, "enterKey">) {
  const [key, setKey] = useState("");
  const [remember, setRemember] = useState(false);
  const [fault, setFault] = useState<Failure | null>(null);
  const [sending, setSending] = useState(false);
  const id = useId();
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (sending || key.trim() === "") return;
    setSending(true);
    setFault(await enterKey(key.trim(), remember));
    setSending(false);
  };
  return (
    <form className="sign-in" onSubmit={(event) => void send(event)}>
      <label htmlFor={`${id}-key`}>Your key</label>
      <input
        id={`${id}-key`}
        type="password"
        name="key"
        autoComplete="off"
        spellCheck={false}
        required
        value={key}
        aria-invalid={refused}
        aria-describedby={`${id}-fault`}
        onChange={(event) => { setKey(event.target.value); }}
      />
      <p className="sign-in-fault" id={`${id}-fault`} role="alert">
        {fault ? `${fault.message} ${fault.hint}` : refused && "This key isn’t valid, or has expired. Check it, or ask for a new one."}
      </p>
      <span className="remember">
        <input id={`${id}-remember`} type="checkbox" checked={remember} onChange={(event) => { setRemember(event.target.checked); }} />
        <label htmlFor={`${id}-remember`}>Remember it on this device</label>
      </span>
      <button type="submit" className="button primary" aria-disabled={sending}>
        <KeyRound aria-hidden="true" />
        {sending ? "Checking…" : "Sign in"}
      </button>
    </form>
  );
}
