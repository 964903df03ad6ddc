package config

import "fmt"

// checkClients checks what makes a client a client. What it may ask for, and
// where it lives, the provider checks by the rules that hold for every client.
func (c Config) checkClients(p *Problems) {
	seen := map[string]bool{}
	for i, client := range c.OIDC.Clients {
		path := fmt.Sprintf("oidc.clients[%d]", i)
		if client.ID == "" || client.Name == "" {
			p.add(path, "needs an id and a name")
		}
		if seen[client.ID] {
			p.add(path+".id", "%q is there twice", client.ID)
		}
		seen[client.ID] = true
		switch text := client.Secret.Reveal(); {
		case client.Public && text != "":
			p.add(path+".secret", "a public client keeps no secret")
		case !client.Public && len(text) < 32:
			p.add(path+".secret", "must have at least 32 characters, or the client must be public")
		}
	}
}
