package doctor

import (
	"context"
	"errors"
	"net"
	"net/mail"
	"strings"
)

// mailNames looks at what DNS says of the domain that mails are from: without it, many
// mail servers put them with the junk, or refuse them.
func (d *Doctor) mailNames(ctx context.Context) (list []Finding) {
	from, err := mail.ParseAddress(d.Config.Email.From)
	if err != nil {
		return nil // the configuration was refused already
	}
	domain := from.Address[strings.LastIndex(from.Address, "@")+1:]
	envelope := domain
	if d.Config.Email.ReturnPath != "" {
		envelope = d.Config.Email.ReturnPath[strings.LastIndex(d.Config.Email.ReturnPath, "@")+1:]
	}
	resolver := d.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	spf, err := found(ctx, resolver, envelope, "v=spf1")
	list = append(list, record("SPF of "+envelope, spf, err, "Add a TXT record such as “v=spf1 include:YOUR-PROVIDER -all”, which names the servers that send your mail (RFC 7208)."))
	dmarc, err := found(ctx, resolver, "_dmarc."+domain, "v=DMARC1")
	list = append(list, record("DMARC of "+domain, dmarc, err, "Add a TXT record at _dmarc."+domain+", such as “v=DMARC1; p=quarantine; rua=mailto:…” (RFC 7489)."))
	if d.Config.Email.ReturnPath != "" {
		mx, err := resolver.LookupMX(ctx, envelope)
		says := ""
		if len(mx) > 0 {
			says = "is " + strings.TrimSuffix(mx[0].Host, ".")
		}
		list = append(list, record("mail server of "+envelope, says, err, "Add an MX record for "+envelope+": bounces go there."))
	}
	return list
}

// found returns the TXT record that begins so.
func found(ctx context.Context, resolver *net.Resolver, name, begins string) (string, error) {
	records, err := resolver.LookupTXT(ctx, name)
	for _, text := range records {
		if strings.HasPrefix(strings.ToLower(text), strings.ToLower(begins)) {
			return "is there: " + text, nil
		}
	}
	return "", err
}

// record judges one: missing is a warning, because mail goes out all the same.
func record(what, says string, err error, do string) Finding {
	if says != "" {
		return Finding{what, OK, says, ""}
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && !dns.IsNotFound {
		says, more := explain(err)
		return Finding{what, Warn, "could not be looked up: " + says, more}
	}
	return Finding{what, Warn, "is missing", do}
}
