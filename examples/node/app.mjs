// A small application that signs its people in with Sallyport: pushed
// authorization request, PKCE, and logout. It keeps sessions in memory; yours
// will have a store.
//
//   npm install openid-client@6
//   ISSUER=http://localhost:8080 CLIENT_ID=… CLIENT_SECRET=… node app.mjs
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import * as client from "openid-client";

const listen = process.env.LISTEN ?? "127.0.0.1:8301";
const base = `http://${listen}`;
const issuer = new URL(process.env.ISSUER);
const options = issuer.protocol === "http:" ? { execute: [client.allowInsecureRequests] } : {}; // this machine alone
const config = await client.discovery(issuer, process.env.CLIENT_ID, process.env.CLIENT_SECRET, undefined, options);

const ways = new Map(), sessions = new Map();
const cookie = (request, name) => [...(request.headers.cookie ?? "").matchAll(/node_(\w+)=([\w-]+)/g)].find((m) => m[1] === name)?.[2];
const go = (response, to, headers = {}) => response.writeHead(303, { Location: to, ...headers }).end();
const page = (response, html) => response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end("<!doctype html><title>Example</title>" + html);
const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

const routes = {
  "GET /": (request, response) => {
    const session = sessions.get(cookie(request, "session"));
    page(response, session ? `<p>Hello ${escape(session.name)}</p><form method="post" action="/logout"><button>Leave</button></form>`
      : `<p>Nobody is signed in.</p><a href="/login">Sign in with Sallyport</a>`);
  },

  "GET /login": async (request, response) => {
    const way = { verifier: client.randomPKCECodeVerifier(), state: client.randomState(), nonce: client.randomNonce() };
    const to = await client.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: `${base}/callback`, scope: "openid profile email", state: way.state, nonce: way.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(way.verifier), code_challenge_method: "S256",
    });
    const id = randomUUID();
    ways.set(id, way);
    go(response, to.href, { "Set-Cookie": `node_way=${id}; Path=/; HttpOnly; SameSite=Lax` });
  },

  "GET /callback": async (request, response) => {
    const way = ways.get(cookie(request, "way"));
    if (!way) return go(response, "/");
    const tokens = await client.authorizationCodeGrant(config, new URL(request.url, base), { pkceCodeVerifier: way.verifier, expectedState: way.state, expectedNonce: way.nonce });
    const { sub } = tokens.claims();
    const about = await client.fetchUserInfo(config, tokens.access_token, sub);
    const id = randomUUID(); // the application's own session: tokens stay on the server
    sessions.set(id, { sub, name: about.name, idToken: tokens.id_token });
    go(response, "/", { "Set-Cookie": `node_session=${id}; Path=/; HttpOnly; SameSite=Lax` });
  },

  "POST /logout": (request, response) => {
    const session = sessions.get(cookie(request, "session"));
    sessions.delete(cookie(request, "session"));
    go(response, client.buildEndSessionUrl(config, { id_token_hint: session?.idToken ?? "", post_logout_redirect_uri: `${base}/` }).href);
  },
};

const [host, port] = listen.split(":");
createServer(async (request, response) => {
  const route = routes[`${request.method} ${new URL(request.url, base).pathname}`];
  if (!route) return response.writeHead(404).end();
  try {
    await route(request, response);
  } catch (error) {
    console.error(error);
    response.writeHead(400).end("The sign-in was refused.");
  }
}).listen(Number(port), host, () => console.log("listening on", base));
