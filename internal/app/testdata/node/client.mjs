// Drives openid-client against the provider. The test is its browser: a line
// {"open": address} on standard output asks for one, and the answer, the address
// that the provider led to, comes on standard input.
import { createInterface } from "node:readline";
import assert from "node:assert/strict";
import * as client from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;
const redirect_uri = "http://127.0.0.1:9/callback", bye = "http://127.0.0.1:9/bye";
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const open = async (to) => {
  console.log(JSON.stringify({ open: to.href }));
  return new URL((await lines.next()).value);
};
const done = (what) => console.log(JSON.stringify({ done: what }));
const refused = (promise, code) => assert.rejects(promise, (error) => error.error === code || assert.fail(`${error.error} ${error.message}`));

const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, { execute: [client.allowInsecureRequests] });

// One sign-in: pushed or not, with more parameters and a DPoP key where given.
const signIn = async ({ pushed = false, DPoP, ...more } = {}) => {
  const verifier = client.randomPKCECodeVerifier(), state = client.randomState(), nonce = client.randomNonce();
  const parameters = { redirect_uri, scope: "openid profile email phone organization roles", state, nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", ...more };
  const to = pushed ? await client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP }) : client.buildAuthorizationUrl(config, parameters);
  const back = await open(to);
  return client.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, maxAge: more.max_age }, undefined, { DPoP });
};

const first = await signIn();
const { sub, sid, acr, amr, auth_time } = first.claims();
assert.equal(acr, "urn:sallyport:acr:2step");
assert.deepEqual(amr, ["pwd", "email"]);
assert.ok(sid && auth_time);
const about = await client.fetchUserInfo(config, first.access_token, sub);
assert.equal(about.name, "Eli Navarro");
assert.equal(about["urn:sallyport:organization"].npi, "1234567893");
done("code, PKCE, userinfo");

const silent = await signIn({ prompt: "none", max_age: 3600 });
assert.equal(silent.claims().sub, sub);
done("prompt=none, max_age");

const pushed = await signIn({ pushed: true });
assert.equal(pushed.claims().sid, sid);
done("PAR");

const second = await client.refreshTokenGrant(config, first.refresh_token);
assert.notEqual(second.refresh_token, first.refresh_token);
await refused(client.refreshTokenGrant(config, first.refresh_token), "invalid_grant"); // reuse
await refused(client.refreshTokenGrant(config, second.refresh_token), "invalid_grant"); // the family is gone
await assert.rejects(client.fetchUserInfo(config, second.access_token, sub));
done("refresh, reuse, family revoked");

const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
const bound = await signIn({ pushed: true, DPoP });
assert.equal(bound.token_type, "dpop");
assert.equal((await client.fetchUserInfo(config, bound.access_token, sub, { DPoP })).sub, sub);
await assert.rejects(client.fetchUserInfo(config, bound.access_token, sub)); // as a bearer token
const again = await client.refreshTokenGrant(config, bound.refresh_token, undefined, { DPoP });
assert.equal(again.token_type, "dpop");
done("DPoP");

await client.tokenRevocation(config, pushed.refresh_token);
await assert.rejects(client.fetchUserInfo(config, pushed.access_token, sub));
done("revocation");

const left = await open(client.buildEndSessionUrl(config, { post_logout_redirect_uri: bye, id_token_hint: silent.id_token, state: "s" }));
assert.equal(left.href, bye + "?state=s");
await refused(signIn({ prompt: "none" }), "login_required");
done("end_session");
process.exit(0);
