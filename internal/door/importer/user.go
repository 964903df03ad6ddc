package importer

import (
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sallyport/internal/door/account"
	"sallyport/internal/door/passhash"
	"sallyport/internal/intake"
)

// userOf makes an account of a row. Org is the organisation that it names.
func userOf(line int64, row map[string]string, org string) (*account.Account, *intake.Rejected) {
	no := func(field, reason string) (*account.Account, *intake.Rejected) {
		return nil, reject(line, field, reason)
	}
	a := &account.Account{OrganizationID: org, Username: account.FoldUsername(row["username"]), FirstName: account.FoldName(row["first_name"]), LastName: account.FoldName(row["last_name"]),
		Role: account.User, State: account.Imported, Epoch: 1, Lang: strings.ToLower(row["lang"])}
	if a.FirstName == "" && a.LastName == "" {
		a.FirstName, a.LastName = splitName(account.FoldName(row["name"]))
	}
	a.Email = account.FoldEmail(row["email"])
	a.FileEmail = a.Email
	switch {
	case !usable(a.Username):
		return no("username", "a username has 1 to 100 characters, none of them a control character")
	case a.FirstName == "" && a.LastName == "":
		return no("last_name", "there is no name, or it is longer than 100 characters or has < or > in it")
	case a.Email == "":
		return no("email", "it is no plain e-mail address")
	}
	switch strings.ToLower(strings.TrimSpace(row["role"])) {
	case "", "user", "provider user":
	case "admin", "administrator", "provider administrator":
		a.Role = account.Admin
	default:
		return no("role", "it is neither user nor admin")
	}
	hash := strings.TrimSpace(row["password_hash"])
	if hash != "" {
		switch err := passhash.CheckImportable(hash); {
		case errors.Is(err, passhash.ErrCost):
			return no("password_hash", "this hash costs too much to check: more than 256 MiB of memory, or more than about three seconds")
		case err != nil:
			return no("password_hash", "it is no hash that we know")
		}
	}
	if hash == "" {
		a.Terms = account.NoTerms // an invitation, or a link, begins their registration
	}
	switch state := strings.ToLower(row["state"]); state {
	case "", "imported":
		a.OldHash = hash
		return a, nil
	case "registered":
		return registered(line, a, row, hash)
	default:
		return no("state", "only imported and registered people can be imported")
	}
}

// registered is somebody who comes from another installation of ours, with everything.
func registered(line int64, a *account.Account, row map[string]string, hash string) (*account.Account, *intake.Rejected) {
	a.State, a.Method, a.PasswordHash = account.Registered, account.Method(row["method"]), hash
	switch {
	case !passhash.IsOwn(hash):
		return nil, reject(line, "password_hash", "a registered person has an argon2id hash of ours")
	case a.Method == account.PhoneMethod:
		if !e164.MatchString(row["phone"]) {
			return nil, reject(line, "phone", "it is no number in E.164, such as +12025550123")
		}
		a.Phone = row["phone"]
	case a.Method != account.EmailMethod:
		return nil, reject(line, "method", "it is neither phone nor email")
	}
	if text := row["registered_at"]; text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, reject(line, "registered_at", "it is no time in RFC 3339")
		}
		a.RegisteredAt = at.UTC()
	}
	return a, nil
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)

func splitName(name string) (first, last string) {
	if i := strings.LastIndexByte(name, ' '); i > 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

// usable: what an old portal took for a username we take, too.
func usable(username string) bool {
	n := utf8.RuneCountInString(username)
	return n >= 1 && n <= 100 && strings.IndexFunc(username, unicode.IsControl) < 0
}
