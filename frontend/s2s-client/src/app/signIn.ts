/** How this page proves who calls, and what it asks of the person for that. One store outside React. */
import type { TokenSource } from "../services/gatewayApi";
import type { SessionChoices } from "../services/pageApi";
import { CallFailure } from "../shared/callErrors";
import type { Failure } from "../types";

/** What the person has to do before a call. */
export type SignInState =
  | { readonly asks: "nothing" }
  /** `refused`: the key that was entered, or kept from before. */
  | { readonly asks: "key"; readonly refused: boolean }
  /** At another page; empty: none is configured. */
  | { readonly asks: "login"; readonly url: string }
  /** The proxy in front of the page has ended their session. */
  | { readonly asks: "reload" }
  /** Only the machine itself may call: there is no way to sign in. */
  | { readonly asks: "operator" };

type StorageLike = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const TOKEN = "s2s-token";
/** Sent to the login page and expected back, so that a link cannot sign a person in as another one (RFC 6749, 10.12). */
const STATE = "s2s-login-state";
const NOTHING: SignInState = { asks: "nothing" };

export class SignIn {
  #state = NOTHING;
  #token: string | null;
  /** A key in the address, as the QR code of `make phone` has it. It never takes the place of one that is valid. */
  #offered: string | null = null;
  readonly #listeners = new Set<() => void>();

  /** `device`: where a key is kept that the person wants remembered; `tab`: every other one. */
  constructor(
    private readonly choices: () => Promise<SessionChoices>,
    private readonly device: StorageLike | null,
    private readonly tab: StorageLike | null,
  ) {
    this.#takeFromAddress();
    this.#token = tab?.getItem(TOKEN) ?? device?.getItem(TOKEN) ?? null;
  }

  readonly getSnapshot = (): SignInState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getToken: TokenSource = () => this.#token;

  get hasToken(): boolean {
    return this.#token !== null;
  }

  /** Asks the gateway whether this page may call. Returns why it did not answer; null if it did. */
  readonly check = async (): Promise<Failure | null> => {
    try {
      let choices = await this.choices();
      if (this.#takeOffered(choices)) {
        choices = await this.choices();
        if (choices.may_call && this.#token) keep(this.tab, TOKEN, this.#token);
      }
      this.#set(this.#wanted(choices));
      return null;
    } catch (reason) {
      if (!(reason instanceof CallFailure)) throw reason;
      this.onFailure(reason.failure);
      return reason.failure;
    }
  };

  /** Tries a key, and keeps it if it is right: in this tab, or on the device if `remember`. Returns as `check`. */
  readonly enterKey = async (key: string, remember: boolean): Promise<Failure | null> => {
    this.#token = key;
    const fault = await this.check();
    if (this.#state.asks === "nothing") keep(remember ? this.device : this.tab, TOKEN, key);
    return fault;
  };

  /** Forgets the key or token. Returns as `check`. */
  readonly signOut = (): Promise<Failure | null> => {
    this.#forget();
    return this.check();
  };

  /** A request was refused. */
  onFailure({ code }: Failure): void {
    if (code === "signed-out") this.#set({ asks: "reload" });
    if (code === "not-signed-in" || code === "not-open") void this.check();
  }

  #wanted({ auth = "none", may_call: mayCall = true, login_url: url = "" }: SessionChoices): SignInState {
    if (mayCall) return NOTHING;
    const refused = this.#token !== null;
    this.#forget();
    switch (auth) {
      case "key":
        return { asks: "key", refused };
      case "jwt":
        return { asks: "login", url: url && loginLink(url, this.#newState()) };
      case "proxy":
        return { asks: "reload" };
      default:
        return { asks: "operator" };
    }
  }

  /** Tries the key of the address in place of none, or of one that is no longer valid. Returns whether there was one. */
  #takeOffered({ auth, may_call: mayCall = true }: SessionChoices): boolean {
    const offered = this.#offered;
    this.#offered = null;
    if (mayCall || auth !== "key" || !offered) return false;
    this.#forget();
    this.#token = offered;
    return true;
  }

  /** Takes what a link holds in its fragment, which is sent to no server, and no longer than needed. */
  #takeFromAddress(): void {
    const sent = new URLSearchParams(window.location.hash.slice(1));
    if (!["key", "token", "id_token", "error"].some((name) => sent.has(name))) return;
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
    this.#offered = sent.get("key");
    if (this.#offered === null) this.#takeFromLogin(sent);
  }

  /** What a login page has sent back. */
  #takeFromLogin(sent: URLSearchParams): void {
    const [token, idToken] = [sent.get("token"), sent.get("id_token")];
    const state = this.tab?.getItem(STATE) ?? null;
    this.tab?.removeItem(STATE);
    const isMine = state !== null && sent.get("state") === state && (idToken === null || nonceOf(idToken) === state);
    const found = idToken ?? token;
    if (isMine && found) keep(this.tab, TOKEN, found);
    else console.warn("S2S: what the login page sent was not taken:", sent.get("error") ?? "this tab has not asked for it");
  }

  #newState(): string {
    const state = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    keep(this.tab, STATE, state);
    return state;
  }

  #forget(): void {
    this.#token = null;
    this.tab?.removeItem(TOKEN);
    this.device?.removeItem(TOKEN);
  }

  #set(state: SignInState): void {
    this.#state = state;
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}

function keep(storage: StorageLike | null, name: string, value: string): void {
  try {
    storage?.setItem(name, value);
  } catch (fault) {
    console.warn("S2S: the browser keeps nothing for this page; sign in again after a reload.", fault);
  }
}

/** The names of OpenID Connect's implicit flow: a provider's authorization endpoint can be named as it is. */
function loginLink(url: string, state: string): string {
  const link = new URL(url, window.location.href);
  const page = window.location.origin + window.location.pathname;
  Object.entries({ redirect_uri: page, state, nonce: state }).forEach(([name, value]) => { link.searchParams.set(name, value); });
  return link.href;
}

/** The nonce of an ID token, whose signature is for the gateway to check; null if it has none. */
function nonceOf(token: string): unknown {
  try {
    const payload = atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    return (JSON.parse(payload) as { readonly nonce?: unknown }).nonce ?? null;
  } catch {
    return null;
  }
}
