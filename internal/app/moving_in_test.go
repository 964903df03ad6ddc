package app_test

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-crypt/crypt/algorithm"
	"github.com/go-crypt/crypt/algorithm/scrypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"
	"golang.org/x/crypto/bcrypt"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/importer"
	"sallyport/internal/door/passhash"
	"sallyport/internal/intake"
)

// portalHashes are hashes of the sample people's old password, by format, as other
// systems write them.
func portalHashes(t *testing.T) map[string]string {
	t.Helper()
	password, salt := demo.OldPassword, []byte("0123456789abcdef")
	made := func(hash []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	digest := func(d algorithm.Digest, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return d.Encode()
	}
	sc, err1 := scrypt.New(scrypt.WithLN(10), scrypt.WithR(8), scrypt.WithP(1))
	sha, err2 := shacrypt.New(shacrypt.WithSHA512(), shacrypt.WithIterations(5000))
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	v3 := append([]byte{1}, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 1), 1000), 16)...)
	v3 = append(append(v3, salt...), made(pbkdf2.Key(sha256.New, password, salt, 1000, 32))...)
	sum := sha1.Sum([]byte(password + string(salt)))
	return map[string]string{
		"bcrypt":    string(made(bcrypt.GenerateFromPassword([]byte(password), 4))),
		"argon2":    passhash.Hash(password, passhash.Cost{MemoryKiB: 64, Passes: 1}),
		"pbkdf2":    "$pbkdf2-sha256$1000$" + strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(salt), "+", ".") + "$" + strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(made(pbkdf2.Key(sha256.New, password, salt, 1000, 32))), "+", "."),
		"django":    "pbkdf2_sha256$1000$somesalt$" + base64.StdEncoding.EncodeToString(made(pbkdf2.Key(sha256.New, password, []byte("somesalt"), 1000, 32))),
		"scrypt":    digest(sc.Hash(password)),
		"sha-crypt": digest(sha.Hash(password)),
		"ssha":      "{SSHA}" + base64.StdEncoding.EncodeToString(append(sum[:], salt...)),
		"aspnet":    base64.StdEncoding.EncodeToString(v3),
	}
}

// importPeople imports a person of each format into Lakeside.
func (w *world) importPeople(t *testing.T) (names []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "people.csv")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	out := csv.NewWriter(file)
	out.Write([]string{"UserName", "Display Name", "NPI", "Mail", "Password Hash"})
	for format, hash := range portalHashes(t) {
		name := "of." + format
		names = append(names, name)
		out.Write([]string{name, "Person of " + format, "1234567893", name + "@lakeside.example", hash})
	}
	out.Flush()
	file.Close()
	p, err := (&importer.Importer{Store: w.serving.Load().Store}).Users(t.Context(), intake.Options{File: path, Clock: time.Now})
	if err != nil || int(p.Added) != len(names) || p.Rejected != 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	return names
}

// product.md 3.2: somebody of each hash format who was imported registers with the old
// portal's password, through to HOME.
func TestImportedPeopleRegister(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		for _, name := range w.importPeople(t) {
			email, b := name+"@lakeside.example", newTab(w)
			b.open("/register/first")
			b.fill("USERNAME", strings.ToUpper(name))
			b.fill("PASSWORD", "not the old one")
			if b.click("LOGIN"); b.status != 422 {
				t.Errorf("%s with a wrong password: %d", name, b.status)
			}
			b.fill("PASSWORD", demo.OldPassword)
			b.click("LOGIN")
			b.click("EMAIL")
			b.fill("Email Address", email)
			b.click("Send verification code")
			b.fill("Verification Code", w.newest(email, "email").Code)
			b.click("Verify code")
			b.fill("New Password", "violet tractor umbrella")
			b.fill("Confirm New Password", "violet tractor umbrella")
			if b.click("Create"); !b.isHome() {
				t.Errorf("%s: %s %s", name, b, b.text())
			}
		}
	})
}

// The same in a real browser, by phone: a person of each of seven formats.
func TestBrowserImportedPeopleRegister(t *testing.T) {
	t.Parallel()
	look := looks[0]
	w := liteWorld(t)
	c := newChrome(t, w, look.width, look.scripts, look.lang)
	say := w.serving.Load().Words.In(look.lang).Say
	for n, name := range w.importPeople(t)[:7] {
		email, phone := fmt.Sprintf("%s.new@lakeside.example", name), fmt.Sprintf("20255502%02d", 10+n)
		c.open("/register/first")
		c.fill(say("oldlogin.username"), name)
		c.fill(say("oldlogin.password"), demo.OldPassword)
		c.click(say("oldlogin.submit"))
		c.click(say("method.phone"))
		c.fill(say("signin.email"), email)
		c.click(say("enrol.email.send"))
		c.fill(say("enrol.email.label"), w.newest(email, "email").Code)
		c.click(say("enrol.email.verify"))
		c.fill(say("newpassword.new"), "violet tractor umbrella")
		c.fill(say("newpassword.confirm"), "violet tractor umbrella")
		c.click(say("newpassword.create"))
		c.fill(say("enrol.phone.number"), phone)
		c.click(say("phone.send"))
		c.fill(say("phone.code.label"), w.newest("+1"+phone, "sms").Code)
		c.click(say("phone.code.verify"))
		c.see(say("account.welcome"))
		c.openMenu()
		c.click(say("account.sign_out"))
	}
}
