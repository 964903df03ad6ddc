// Package rp is a relying party of any OpenID Connect provider: it sends people
// there to sign in and checks what comes back (code flow with PKCE, nonce, state
// and RFC 9207 iss). The portal signs its people in with it, like any other
// application would.
//
// It keeps nothing: what must survive the way there and back travels sealed in
// state, bound to the browser. Tokens go to the caller and never to a browser.
package rp
