package config

import (
	"fmt"
	"net"

	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones, on machines that have none
)

// Problem is one thing wrong with a configuration, at a path such as limits.code_length.
type Problem struct{ Path, Message string }

func (p Problem) String() string { return p.Path + ": " + p.Message }

// Problems are all of them; as an error they read one a line.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = "  " + problem.String()
	}
	return "the configuration has problems:\n" + strings.Join(lines, "\n")
}

func (p *Problems) add(path, format string, args ...any) {
	*p = append(*p, Problem{path, fmt.Sprintf(format, args...)})
}

var hexColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// Validate returns every problem, or nil. Demo tells that the built-in message
// desk carries the messages, so that no other channel is needed.
func (c Config) Validate(demo bool) Problems {
	var p Problems
	if c.Profile != Guide && c.Profile != Recommended {
		p.add("profile", "must be guide or recommended")
	}
	c.checkAddresses(&p)
	if !demo {
		c.checkChannels(&p)
	}
	if (c.TLS.CertFile == "") != (c.TLS.KeyFile == "") {
		p.add("tls", "cert_file and key_file belong together")
	}
	if c.Log.Level != "debug" && c.Log.Level != "info" && c.Log.Level != "warn" && c.Log.Level != "error" {
		p.add("log.level", "must be debug, info, warn or error")
	}
	if c.Log.Format != "json" && c.Log.Format != "text" {
		p.add("log.format", "must be json or text")
	}
	if m := c.Enroll.EmailMatch; m != "notify" && m != "require" && m != "admin" {
		p.add("enroll.email_match", "must be notify, require or admin")
	}
	for i, region := range c.Enroll.Countries {
		if len(region) != 2 || strings.ToUpper(region) != region {
			p.add(fmt.Sprintf("enroll.countries[%d]", i), "%q is no region of two capital letters, such as US", region)
		}
	}
	if len(c.Enroll.Countries) == 0 {
		p.add("enroll.countries", "must name at least one region")
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "Local" {
		p.add("time_zone", "%q is no zone such as America/New_York or UTC", c.TimeZone)
	}
	if c.Brand.Name == "" {
		p.add("brand.name", "must be set: every page and message names it")
	}
	for path, color := range map[string]string{"brand.color": c.Brand.Color, "brand.color_dark": c.Brand.ColorDark} {
		if !hexColor.MatchString(color) {
			p.add(path, "must be #rrggbb")
		}
	}
	c.checkClients(&p)
	c.checkStaff(&p)
	if len(c.Terms.Texts) > 0 && (c.Terms.Version == "" || c.Terms.Texts["en"] == "") {
		p.add("terms", "needs a version, and a text in en, which stands in for languages that have none")
	}
	checkRanges(&p, reflect.ValueOf(&c).Elem(), nil)
	for i, n := range c.Limits.Networks {
		path := fmt.Sprintf("limits.networks[%d]", i)
		if _, err := netip.ParsePrefix(n.CIDR); err != nil {
			p.add(path+".cidr", "%q is not a network such as 192.0.2.0/24", n.CIDR)
		}
		checkRanges(&p, reflect.ValueOf(&n).Elem(), []string{path})
	}
	if c.Limits.CodeWaitFrom >= c.Limits.CodeOffAt {
		p.add("limits.code_wait_from", "must be below code_off_at")
	}
	return p
}

func (c Config) checkAddresses(p *Problems) {
	public, err := url.Parse(c.PublicURL)
	switch {
	case c.PublicURL == "":
		p.add("public_url", "must be set, such as https://signin.example.org: links and cookies are made from it")
	case err != nil || public.Host == "" || (public.Path != "" && public.Path != "/") || public.RawQuery != "":
		p.add("public_url", "must be scheme and host alone, such as https://signin.example.org")
	case public.Scheme != "https" && !(public.Scheme == "http" && isLocal(public.Hostname())):
		p.add("public_url", "must be https (http only for localhost): passwords travel over it")
	}
	for path, address := range map[string]string{"listen": c.Listen, "metrics_listen": c.MetricsListen} {
		if address == "" && path == "metrics_listen" {
			continue
		}
		if _, port, err := net.SplitHostPort(address); err != nil || !isPort(port) {
			p.add(path, "must be host:port, such as 127.0.0.1:8080")
		}
	}
	for i, proxy := range c.TrustedProxies {
		if _, err := ParseNetwork(proxy); err != nil {
			p.add(fmt.Sprintf("trusted_proxies[%d]", i), "%q is neither an address nor a network", proxy)
		}
	}
	for path, address := range map[string]string{"database": c.Database, "portal.database": c.PortalDatabase()} {
		if !strings.HasPrefix(address, "sqlite:") && !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
			p.add(path, "must begin with sqlite: or postgres://")
		}
	}
	if c.PortalDatabase() == c.Database {
		p.add("portal.database", "must be another database, or another schema, than the door's")
	}
}

// checkRanges reads the range tags: "30s..10m" or "6..10".
func checkRanges(p *Problems, v reflect.Value, at []string) {
	walk(v, at, func(path []string, v reflect.Value, tag reflect.StructTag) {
		low, high, ok := strings.Cut(tag.Get("range"), "..")
		if !ok {
			return
		}
		var out bool
		if d, isDuration := v.Interface().(Duration); isDuration {
			least, _ := time.ParseDuration(low)
			most, _ := time.ParseDuration(high)
			out = d.D() < least || d.D() > most
		} else {
			least, _ := strconv.ParseInt(low, 10, 64)
			most, _ := strconv.ParseInt(high, 10, 64)
			out = v.Int() < least || v.Int() > most
		}
		if out {
			p.add(strings.Join(path, "."), "%v is outside %s to %s%s", v.Interface(), low, high, idOf(tag))
		}
	})
}

func idOf(tag reflect.StructTag) string {
	if id := tag.Get("tm"); id != "" {
		return " (" + id + ")"
	}
	return ""
}

// ParseNetwork reads an address or a CIDR block.
func ParseNetwork(text string) (netip.Prefix, error) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.Masked(), nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return address.Prefix(address.BitLen())
}

func isLocal(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 0 && n <= 65535
}

func redactURL(address string) string {
	if u, err := url.Parse(address); err == nil && u.User != nil {
		return u.Redacted()
	}
	return address
}
