package main

import (
	"strings"
	"testing"
)

// kill −9 between any two steps of a new provider's registration, and of a
// forgotten password: nothing that was accepted is lost.
func TestKillWhileRegisteringAndResetting(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := startDemo(t, data, "127.0.0.1:"+freePort(t))
	listen := p.port()
	v := newVisitor(t)
	again := func() {
		t.Helper()
		p.kill()
		p = startDemo(t, data, listen)
		v.get(v.url.String())
	}
	step := func(action string, fields ...string) {
		t.Helper()
		v.post(action, fields...)
		again()
	}
	mail := func(to, field string) any {
		t.Helper()
		m := p.newest(to, "email")
		if field == "links" {
			return m["links"].([]any)[0]
		}
		return m[field]
	}
	v.get(p.base + "/register/new")
	v.post("organization", "npi", "1234567893", "registration_code", "LAKESIDE-2026")
	again()
	step("user", "username", "nlindgren", "first_name", "Noa", "last_name", "Lindgren", "user_email", "noa@lakeside.example", "confirm_email", "noa@lakeside.example", "fax", "2025550119")
	if !strings.Contains(v.page, "within 20 minutes") {
		t.Fatalf("%s\n%s", v.url, v.page)
	}
	link := mail("noa@lakeside.example", "links").(string)
	v.get(link)
	resp, err := v.http.Post(link, "application/x-www-form-urlencoded", nil)
	v.take(resp, err)
	again()
	step("email")
	step("send_address", "email", "noa@lakeside.example")
	step("verify_address", "code", mail("noa@lakeside.example", "code").(string))
	step("create", "password", "violet tractor umbrella", "confirm", "violet tractor umbrella")
	v.post("agree", "agree", "yes")
	again()
	if v.url.Path != "/home" || !strings.Contains(v.page, "Noa Lindgren") {
		t.Fatalf("%s\n%s", v.url, v.page)
	}

	v = newVisitor(t)
	v.get(p.base + "/signin/forgot")
	v.post("send_address", "email", "noa@lakeside.example")
	code := mail("noa@lakeside.example", "code").(string)
	again()
	step("verify_address", "code", code)
	step("continue_reset")
	v.post("reset", "password", "seven quiet lanterns", "confirm", "seven quiet lanterns")
	again()
	if v.url.Path != "/home" || !strings.Contains(v.page, "Noa Lindgren") {
		t.Fatalf("%s\n%s", v.url, v.page)
	}
	v = newVisitor(t)
	v.get(p.base + "/signin/email")
	v.post("sign_in", "email", "noa@lakeside.example", "password", "seven quiet lanterns")
	if !strings.Contains(v.page, "Verification is necessary") {
		t.Errorf("the new password was lost: %s", v.page)
	}
}
