package doctor

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/delivery"
)

// Grade of a finding.
type Grade string

const (
	OK   Grade = "ok"
	Warn Grade = "warn" // works, and could be better
	Bad  Grade = "FAIL"
)

// Finding is what one look found. Do says what to do where it is not well.
type Finding struct {
	What  string
	Grade Grade
	Says  string
	Do    string
}

// Doctor looks. Fill the fields.
type Doctor struct {
	Config    config.Config
	Channels  delivery.Channels
	Databases []Database
	Resolver  *net.Resolver // nil: the system's
	HTTP      *http.Client  // for the public address
	Clock     func() time.Time
	SendEmail string // address to send one mail to by each relay; empty: none is sent
	SendText  string // E.164 number, the same by each carrier of texts
	SendCall  string // E.164 number, one call by each carrier of calls
	Calls     *Calls // that follows them; the channels tell it
	Words     func(channel string) (subject, text string)
	out       io.Writer // of Run
}

// Database is one that is looked at.
type Database struct {
	Name  string
	Check func(ctx context.Context) (says string, err error)
}

// within is how long one look may take.
const within = 10 * time.Second

// Run looks at everything, writes each finding as it comes, and returns how many are bad.
func (d *Doctor) Run(ctx context.Context, w io.Writer) (bad, warned int) {
	d.out = w
	for _, look := range []func(context.Context) []Finding{d.databases, d.keys, d.clock, d.certificate, d.publicURL, d.mail, d.mailNames, d.bounces, d.texts, d.voice, d.alerts, d.staff} {
		limited, cancel := context.WithTimeout(ctx, 3*within)
		for _, f := range look(limited) {
			d.write(w, f)
			switch f.Grade {
			case Bad:
				bad++
			case Warn:
				warned++
			}
		}
		cancel()
	}
	return bad, warned
}

func (d *Doctor) write(w io.Writer, f Finding) {
	fmt.Fprintf(w, "%-5s %s: %s\n", f.Grade, f.What, f.Says)
	if f.Do != "" && f.Grade != OK {
		fmt.Fprintf(w, "      → %s\n", f.Do)
	}
}

// finding judges an error: well where there is none.
func finding(what, well string, err error) Finding {
	if err == nil {
		return Finding{What: what, Grade: OK, Says: well}
	}
	says, do := explain(err)
	return Finding{What: what, Grade: Bad, Says: says, Do: do}
}

func (d *Doctor) databases(ctx context.Context) (list []Finding) {
	for _, db := range d.Databases {
		says, err := db.Check(ctx)
		f := finding("database of the "+db.Name, says, err)
		if err != nil && f.Do == "" {
			f.Do = "Check `database` in the configuration, that the server runs, and that this machine may connect to it."
		}
		list = append(list, f)
	}
	return list
}
