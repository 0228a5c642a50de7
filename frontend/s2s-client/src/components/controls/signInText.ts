/** What the screen says while the gateway wants to know who calls: a headline, and a line that helps. Pure. */
import type { SignInState } from "../../app/signIn";
import type { StatusText } from "../statusText";

export function signInText(state: Exclude<SignInState, { asks: "nothing" }>): StatusText {
  switch (state.asks) {
    case "key":
      return { headline: "Sign in to begin", help: "This service asks for a key. You get one from whoever runs it." };
    case "login":
      return state.url
        ? { headline: "Sign in to begin", help: "You come back to this page afterwards." }
        : { headline: "You are not signed in", help: "Open this page from the site that signs you in. Whoever runs the service can name a login page: S2S_LOGIN_URL." };
    case "reload":
      return { headline: "Your sign-in has ended", help: "Load the page again; you may be asked to sign in." };
    case "operator":
      return {
        headline: "This service is not open to visitors yet",
        help: "Its calls cost money, and nobody can sign in. Whoever runs it chooses how: S2S_AUTH in backend/.env.example.",
      };
  }
}
