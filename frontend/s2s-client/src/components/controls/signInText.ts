/** What the screen says while the gateway wants to know who calls: a headline, and a line that helps. Pure. */
import type { SignInState } from "../../app/signIn";
import type { StatusText } from "../statusText";

export function signInText(state: Exclude<SignInState, { asks: "nothing" }>): StatusText {
  switch (state.asks) {
    case "key":
      return { headline: "Sign in to begin", help: "This server needs a key. Ask whoever runs it for one." };
    case "login":
      return state.url
        ? { headline: "Sign in to begin", help: "You’ll come back to this page afterwards." }
        : { headline: "You’re not signed in", help: "Open this page from the site where you sign in.", details: "S2S_LOGIN_URL in backend/.env can name a sign-in page." };
    case "reload":
      return { headline: "Your sign-in has ended", help: "Reload the page. You may be asked to sign in again." };
    case "operator":
      return {
        headline: "This server isn’t open to visitors yet",
        help: "Ask whoever runs it.",
        details: "Conversations cost money here, and there is no way to sign in. S2S_AUTH in backend/.env sets one: see docs/access.md.",
      };
  }
}
