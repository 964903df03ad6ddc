// Package web has the portal's pages: one file each, a site map with a guard on
// every line, and the frame around them. The portal is a relying party like any
// other: it sends people to the provider to sign in, and what it gets from there
// stays on the server.
//
// Headers, the cross-origin check, language and error pages come from whoever
// mounts it. It never imports the door.
package web
