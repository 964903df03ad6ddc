package audit

import (
	"context"
	"maps"
)

// Operator is the person who runs a command on the server.
type Operator struct {
	Name  string // that the log names
	Login string // user name on the server; it is recorded where Name is another
}

type operatorKey struct{}

// WithOperator returns a context in which every row that is recorded names the operator.
func WithOperator(ctx context.Context, o Operator) context.Context {
	return context.WithValue(ctx, operatorKey{}, o)
}

// By names the operator of the context in the row; without one it changes nothing.
func (r *Row) By(ctx context.Context) {
	o, ok := ctx.Value(operatorKey{}).(Operator)
	if !ok {
		return
	}
	detail := map[string]string{}
	maps.Copy(detail, r.Detail)
	detail["by"] = "operator:" + o.Name
	if o.Login != o.Name {
		detail["login"] = o.Login
	}
	r.Detail = detail
}
