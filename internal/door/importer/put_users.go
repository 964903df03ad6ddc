package importer

import (
	"context"
	"fmt"
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/door/passhash"
	"sallyport/internal/door/store"
	"sallyport/internal/intake"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// users makes accounts of rows, before any transaction.
func (r *run) users(ctx context.Context, rows []intake.Row) (intake.Put, []*intake.Rejected, error) {
	lines, refused, err := r.readUsers(r.Store.Read(ctx), rows)
	return func(tx *sqldb.Tx, done *intake.Ledger) ([]*intake.Rejected, error) {
		return r.putUsers(tx, lines, done)
	}, refused, err
}

func (r *run) readUsers(tx *sqldb.Tx, rows []intake.Row) (lines []store.Line, refused []*intake.Rejected, err error) {
	for _, row := range rows {
		org, err := r.organization(tx, row.Field["organization"])
		if err != nil {
			return nil, nil, err
		}
		if org == "" {
			refused = append(refused, reject(row.Line, "organization", "there is no organisation with this NPI or id: import organizations first"))
			continue
		}
		a, no := userOf(row.Line, row.Field, org)
		if no != nil {
			refused = append(refused, no)
			continue
		}
		lines = append(lines, store.Line{Account: a, No: row.Line})
	}
	lines, twice := onceEach(lines)
	return lines, append(refused, twice...), nil
}

// putUsers adds who is not there yet, changes who has not begun to register, and leaves
// everybody else alone.
func (r *run) putUsers(tx *sqldb.Tx, lines []store.Line, done *intake.Ledger) (refused []*intake.Rejected, err error) {
	if done.Line == 0 { // from the file's beginning, perhaps not for the first time
		if err := r.Store.ForgetKept(tx, done.ID); err != nil {
			return nil, err
		}
	}
	if len(lines) == 0 {
		return nil, nil
	}
	names := make([]string, len(lines))
	for i, l := range lines {
		names[i] = l.Username
	}
	known, err := r.Store.AccountsByUsernames(tx, names)
	if err != nil {
		return nil, err
	}
	var fresh []store.Line
	var corrected []correction
	for _, l := range lines {
		k := known[l.Username]
		if k == nil {
			l.ID = secret.TimeID(tx.Now)
			fresh = append(fresh, l)
			continue
		}
		no, differs := again(k, l, done)
		if no != nil {
			refused = append(refused, no)
		}
		if differs {
			corrected = append(corrected, correction{k, l})
		}
	}
	if err := r.correct(tx, corrected, done); err != nil {
		return nil, err
	}
	fresh, taken, err := r.withoutTaken(tx, fresh)
	if err != nil {
		return nil, err
	}
	refused = append(refused, taken...)
	if err := r.decoys(tx, lines); err != nil {
		return nil, err
	}
	done.Added += int64(len(fresh))
	return refused, r.Store.InsertImported(tx, fresh, done.ID)
}

// onceEach rejects the second row of a username within a batch.
func onceEach(lines []store.Line) (once []store.Line, twice []*intake.Rejected) {
	first := map[string]int64{}
	for _, l := range lines {
		if at, there := first[l.Username]; there {
			twice = append(twice, duplicate(l.No, at))
			continue
		}
		first[l.Username] = l.No
		once = append(once, l)
	}
	return once, twice
}

func duplicate(line, first int64) *intake.Rejected {
	return reject(line, "username", fmt.Sprintf("it stands on line %d already", first))
}

// again is a row of somebody who is there. It tells whether the row differs from what is
// stored of somebody who has not begun to register.
func again(k *store.Known, l store.Line, done *intake.Ledger) (no *intake.Rejected, differs bool) {
	switch {
	case k.ImportID == done.ID && k.ImportLine != l.No:
		return duplicate(l.No, k.ImportLine), false
	case k.State != account.Imported && l.State == account.Imported:
		done.Unchanged++ // they have registered meanwhile: what they did stands
		return nil, false
	case same(&k.Account, l.Account):
		done.Unchanged++
		return nil, false
	case k.State != account.Imported || l.State != account.Imported:
		return reject(l.No, "username", "this user is there already, and is registered"), false
	}
	return nil, true
}

// same tells whether a row says nothing new.
func same(a, b *account.Account) bool {
	return a.OrganizationID == b.OrganizationID && a.Email == b.Email && a.FirstName == b.FirstName && a.LastName == b.LastName && a.Role == b.Role && a.OldHash == b.OldHash &&
		a.State == b.State && a.Method == b.Method && a.Phone == b.Phone && a.PasswordHash == b.PasswordHash
}

// withoutTaken rejects registered people whose sign-in address is somebody else's.
func (r *run) withoutTaken(tx *sqldb.Tx, fresh []store.Line) (free []store.Line, taken []*intake.Rejected, err error) {
	here := map[string]bool{}
	for _, l := range fresh {
		if l.State == account.Registered {
			owner, err := r.Store.AccountByEmail(tx, l.Email)
			if err != nil {
				return nil, nil, err
			}
			if owner != nil || here[l.Email] {
				taken = append(taken, reject(l.No, "email", "somebody else signs in with it"))
				continue
			}
			here[l.Email] = true
		}
		free = append(free, l)
	}
	return free, taken, nil
}

// decoys keeps a hash that nothing matches for each new shape (T-30).
func (r *run) decoys(tx *sqldb.Tx, lines []store.Line) error {
	var hashes []string
	for _, l := range lines {
		if l.OldHash == "" {
			continue
		}
		if shape := passhash.Shape(l.OldHash); !r.shapes[shape] {
			r.shapes[shape] = true
			hashes = append(hashes, l.OldHash)
		}
	}
	return r.Store.AddDecoys(tx, hashes)
}

// organization is the id of an organisation by what the file calls it.
func (r *run) organization(tx *sqldb.Tx, name string) (string, error) {
	name = strings.TrimSpace(name)
	if id, ok := r.organizations[name]; ok || name == "" {
		return id, nil
	}
	id, err := r.Store.OrganizationIDs(tx, name)
	if err == nil && len(r.organizations) < 1_000_000 {
		r.organizations[name] = id
	}
	return id, err
}

func reject(line int64, field, reason string) *intake.Rejected {
	return &intake.Rejected{Line: line, Field: field, Reason: reason}
}
