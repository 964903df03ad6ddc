// An independent identity provider (npm oidc-provider) with one client, ours. It signs
// in whoever /become names, without asking: what is tested is what we make of it.
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const port = Number(process.env.PORT), issuer = `http://localhost:${port}`;
let current = { sub: "ann" };
const key = (type, options, more) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), use: "sig", ...more });

const provider = new Provider(issuer, {
  clients: [{
    client_id: "sallyport", client_secret: "a-secret-of-this-test-alone-0123456789", redirect_uris: [process.env.REDIRECT], response_types: ["code"],
    grant_types: ["authorization_code"], id_token_signed_response_alg: process.env.ALG || "RS256",
  }],
  jwks: { keys: [key("rsa", { modulusLength: 2048 }, { kid: "r", alg: "RS256" }), key("ec", { namedCurve: "P-256" }, { kid: "e", alg: "ES256" })] },
  conformIdTokenClaims: false,
  cookies: { keys: ["test"] },
  pkce: { required: () => true },
  acrValues: ["urn:example:mfa"],
  claims: { openid: ["sub", "acr", "amr"], profile: ["name", "given_name", "family_name", "groups", "tid"], email: ["email", "email_verified"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ ...current, sub }) }),
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile email");
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  if (ctx.path === "/become") {
    current = JSON.parse(ctx.query.who);
    ctx.body = "ok";
    return;
  }
  if (ctx.path.startsWith("/interaction/")) {
    const login = { accountId: current.sub, remember: false };
    if (current.acr) Object.assign(login, { acr: current.acr, amr: current.amr });
    await provider.interactionFinished(ctx.req, ctx.res, current.deny ? { error: "access_denied" } : { login }, { mergeWithLastSubmission: false });
    ctx.respond = false;
    return;
  }
  await next();
});
provider.listen(port, "127.0.0.1", () => console.log("ready"));
