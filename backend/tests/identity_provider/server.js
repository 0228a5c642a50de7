/** A real OpenID Connect provider (oidc-provider) for the tests: PORT, and KEYS, a JWKS with private keys, say which. */
import Provider from "oidc-provider";

const { PORT, KEYS } = process.env;
const issuer = `http://127.0.0.1:${PORT}`;
const RESOURCE = "urn:s2s:gateway";

const provider = new Provider(issuer, {
  jwks: JSON.parse(KEYS),
  clients: [
    {
      client_id: "page",
      token_endpoint_auth_method: "none",
      redirect_uris: ["https://page.example.org/back"],
      id_token_signed_response_alg: "ES256",
    },
    {
      client_id: "kiosk",
      client_secret: "a-kiosk-secret",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: "ES256",
    },
  ],
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: `Person ${id}`, groups: ["staff"] }) }),
  claims: { openid: ["sub", "name", "groups"] },
  conformIdTokenClaims: false,
  cookies: { keys: ["a key for the cookies of a test"] },
  features: {
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: "", audience: RESOURCE, accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } } }),
    },
  },
  extraTokenClaims: (_, token) => ({
    name: token.accountId ? `Person ${token.accountId}` : "Kiosk",
    groups: token.accountId === "root" ? ["admins"] : ["staff"],
    s2s: { voices: ["Kore"], minutes: 5 },
  }),
  ttl: { AccessToken: 60, ClientCredentials: 60, IdToken: 60, Session: 60, Grant: 60, Interaction: 60 },
});

provider.listen(Number(PORT), "127.0.0.1", () => console.log("listening"));
