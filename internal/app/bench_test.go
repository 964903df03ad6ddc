package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/account"
	"sallyport/internal/door/passhash"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
)

// BenchmarkSignIn drives whole sign-ins by text over HTTP, many at once, and
// reports them against the raw rate of the password hash on the same machine in
// the same run: 1.00 would mean that a sign-in costs nothing but its hash.
func BenchmarkSignIn(b *testing.B) {
	for name, address := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return sqldbtest.SQLite(t, schema) },
		"postgres": func(t testing.TB) string { return sqldbtest.Postgres(t, schema) },
	} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, address(b), config.Guide, func(c *config.Config) {
				c.Hash.QueueFor = config.Duration(10 * time.Second)
				c.Limits.AddressFailures, c.Limits.UnfinishedSends = 5000, 5000
			})
			people := population(b, w, 64)
			raw := rawHashRate()
			var next atomic.Int64
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					person := people[next.Add(1)%int64(len(people))]
					if !signInOnce(w, person) {
						b.Error("a sign-in failed")
					}
				}
			})
			rate := float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate, "sign-ins/s")
			b.ReportMetric(rate/raw, "of-hash-rate")
		})
	}
}

// rawHashRate is how many password checks this machine does in a second, on all cores.
func rawHashRate() float64 {
	hash := passhash.Hash("correct horse battery staple", passhash.Cost{MemoryKiB: 19456, Passes: 2})
	var done atomic.Int64
	began := time.Now()
	ended := make(chan struct{}, runtime.NumCPU())
	for range runtime.NumCPU() {
		go func() {
			for time.Since(began) < time.Second {
				passhash.Verify("correct horse battery staple", hash)
				done.Add(1)
			}
			ended <- struct{}{}
		}()
	}
	for range runtime.NumCPU() {
		<-ended
	}
	return float64(done.Load()) / time.Since(began).Seconds()
}

type benchPerson struct{ email, phone string }

func population(b testing.TB, w *world, n int) (people []benchPerson) {
	s := w.serving.Load().Store
	hash := passhash.Hash("correct horse battery staple", passhash.Cost{MemoryKiB: 19456, Passes: 2})
	err := s.Write(b.Context(), func(tx *sqldb.Tx) error {
		people = nil
		for i := range n {
			p := benchPerson{fmt.Sprintf("person%d@lakeside.example", i), fmt.Sprintf("+1202555%04d", 1000+i)}
			people = append(people, p)
			if err := s.InsertAccount(tx, account.Account{ID: secret.ID(), OrganizationID: "lakeside", Username: p.email, Email: p.email, FirstName: "P", LastName: fmt.Sprint(i),
				Role: account.User, State: account.Registered, Method: account.PhoneMethod, Phone: p.phone, PasswordHash: hash, Epoch: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return people
}

func signInOnce(w *world, p benchPerson) bool {
	t := newTab(w)
	t.open("/signin/phone")
	t.fill("Email Address", p.email)
	t.fill("Password", "correct horse battery staple")
	t.click("Sign in")
	t.click("Send Code")
	if t.status != http.StatusOK {
		return false
	}
	t.fill("Verification code", w.newest(p.phone, "sms").Code)
	t.click("Verify Code")
	return t.url.Path == "/home"
}

// BenchmarkPortalPage is HOME for who is signed in: at most 2 ms of server CPU.
func BenchmarkPortalPage(b *testing.B) {
	for name, address := range map[string]string{"sqlite": sqldbtest.SQLite(b, schema), "postgres": sqldbtest.Postgres(b, schema)} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, address, config.Guide)
			dana := newTab(w)
			w.signIn(dana, "dana.phone@lakeside.example")
			handler := w.serving.Load().Handler
			request := httptest.NewRequest(http.MethodGet, w.config.PublicURL+"/home", nil)
			for _, c := range dana.client.Jar.Cookies(request.URL) {
				request.AddCookie(c)
			}
			before := cpu(b)
			for b.Loop() {
				answer := httptest.NewRecorder()
				if handler.ServeHTTP(answer, request); answer.Code != http.StatusOK {
					b.Fatal(answer.Code)
				}
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// cpu is what this process has used of it.
func cpu(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
