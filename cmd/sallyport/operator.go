package main

import (
	"context"
	"errors"
	"os"
	"os/user"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"sallyport/internal/door/audit"
)

// operatorPlace is the place of a command that changes something: the audit log names the
// person who runs it.
type operatorPlace struct {
	place
	As *string `placeholder:"NAME" help:"Your name for the audit log; default: your user name on this server, before sudo."`
}

// AfterApply gives the command's Run a context that names the operator (kong calls it).
func (p *operatorPlace) AfterApply(line *kong.Context, ctx context.Context) error {
	login := loginName()
	operator := audit.Operator{Name: login, Login: login}
	if p.As != nil {
		operator.Name = strings.TrimSpace(*p.As)
		if !isName(operator.Name) {
			return errors.New("--as must be a name of 1 to 64 characters, on one line")
		}
	}
	line.BindTo(audit.WithOperator(ctx, operator), (*context.Context)(nil))
	return nil
}

// loginName is the user name on the server of the person at the keyboard.
func loginName() string {
	if name := os.Getenv("SUDO_USER"); isName(name) {
		return name
	}
	if u, err := user.Current(); err == nil && isName(u.Username) {
		return u.Username
	}
	return "uid " + strconv.Itoa(os.Getuid())
}

func isName(s string) bool {
	return s != "" && utf8.RuneCountInString(s) <= 64 && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
