package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"
)

func (d *Doctor) keys(context.Context) []Finding {
	info, err := os.Stat(d.Config.KeysFile)
	if err != nil {
		return []Finding{{"keys file", Bad, d.Config.KeysFile + " is not there", "The first start makes it; every replica and every backup needs the same file."}}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return []Finding{{"keys file", Bad, fmt.Sprintf("%s can be read by others (%v)", d.Config.KeysFile, info.Mode().Perm()), "chmod 600 " + d.Config.KeysFile}}
	}
	return []Finding{{"keys file", OK, d.Config.KeysFile + ", readable by its owner alone", ""}}
}

// certificate looks at the files that TLS is served with.
func (d *Doctor) certificate(context.Context) []Finding {
	t := d.Config.TLS
	if t.CertFile == "" {
		if len(d.Config.TrustedProxies) == 0 && d.https() {
			return []Finding{{"TLS", Warn, "no certificate files, and no trusted proxy that would have them", "Set tls.cert_file and tls.key_file, or name your proxy in trusted_proxies."}}
		}
		return nil
	}
	pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		return []Finding{{"TLS", Bad, err.Error(), "tls.cert_file and tls.key_file must be PEM files that belong together."}}
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return []Finding{finding("TLS", "", err)}
	}
	return []Finding{d.judge("TLS", leaf)}
}

// judge looks at a certificate's name and time.
func (d *Doctor) judge(what string, leaf *x509.Certificate) Finding {
	public, _ := url.Parse(d.Config.PublicURL)
	left := leaf.NotAfter.Sub(d.Clock())
	days := int(left.Hours() / 24)
	switch {
	case leaf.VerifyHostname(public.Hostname()) != nil:
		return Finding{what, Bad, "the certificate is not for " + public.Hostname(), "Get one for that name, or correct public_url."}
	case left <= 0:
		return Finding{what, Bad, "the certificate has expired", "Renew it; the running server takes up the new files by itself."}
	case days < 14:
		return Finding{what, Warn, fmt.Sprintf("the certificate ends in %d days", days), "Renew it; the running server takes up the new files by itself."}
	}
	return Finding{what, OK, fmt.Sprintf("the certificate is for %s and good for %d days", public.Hostname(), days), ""}
}

func (d *Doctor) https() bool {
	public, err := url.Parse(d.Config.PublicURL)
	return err == nil && public.Scheme == "https"
}

// publicURL asks the address that people use.
func (d *Doctor) publicURL(ctx context.Context) (list []Finding) {
	what := "public address " + d.Config.PublicURL
	resp, err := d.get(ctx, d.Config.PublicURL+"/healthz")
	if err != nil {
		f := finding(what, "", err)
		f.Do = "People and links in mails use it. " + f.Do
		return []Finding{f}
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusOK && resp.Header.Get("Content-Security-Policy") != "":
		list = append(list, Finding{what, OK, "answers", ""})
	case resp.StatusCode == http.StatusMisdirectedRequest:
		list = append(list, Finding{what, Bad, "the server there goes by another name (421)", "Your proxy must pass the Host header on, and public_url must be that name."})
	default:
		list = append(list, Finding{what, Bad, fmt.Sprintf("something else answers there (%d)", resp.StatusCode), "Check DNS and the proxy: the address must lead to this program."})
	}
	if resp.TLS != nil && d.Config.TLS.CertFile == "" && len(resp.TLS.PeerCertificates) > 0 {
		list = append(list, d.judge("TLS of the public address", resp.TLS.PeerCertificates[0]))
	}
	if list[0].Grade != OK {
		return list
	}
	ready, err := d.get(ctx, d.Config.PublicURL+"/readyz")
	if err == nil {
		defer ready.Body.Close()
		if ready.StatusCode != http.StatusOK {
			list = append(list, Finding{"readiness", Bad, "the server says that it is not ready", "See its log."})
		}
	}
	return list
}

func (d *Doctor) get(ctx context.Context, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return d.HTTP.Do(req)
}

// Clocks that are further apart make codes and signatures fail.
const (
	skewWarn = 2 * time.Second
	skewBad  = 30 * time.Second
)

// clock compares this machine's with what the public address says.
func (d *Doctor) clock(ctx context.Context) []Finding {
	began := d.Clock()
	resp, err := d.get(ctx, d.Config.PublicURL+"/healthz")
	if err != nil {
		return nil // publicURL says why
	}
	defer resp.Body.Close()
	said, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return nil
	}
	skew := max(0, d.Clock().Sub(said).Abs()-d.Clock().Sub(began)-time.Second) // the header has whole seconds
	f := Finding{"clock", OK, "agrees with the server at the public address", ""}
	if skew > skewWarn {
		f = Finding{"clock", Warn, "is " + seconds(skew) + " apart from the server at the public address", "Run a time service (chrony, systemd-timesyncd) on every machine."}
	}
	if skew > skewBad {
		f.Grade = Bad
	}
	return []Finding{f}
}

// staff asks the identity provider of staff for its discovery document.
func (d *Doctor) staff(ctx context.Context) []Finding {
	if d.Config.Staff.Issuer == "" {
		return nil
	}
	resp, err := d.get(ctx, d.Config.Staff.Issuer+"/.well-known/openid-configuration")
	if err == nil {
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("its discovery document answers %d", resp.StatusCode)
		}
	}
	return []Finding{finding("identity provider of staff", d.Config.Staff.Issuer+" answers", err)}
}
