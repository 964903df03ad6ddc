package demo

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sallyport/internal/door/delivery"
)

// Templates are the demo's pages.
//
//go:embed *.html
var Templates embed.FS

// ErrNoCall is answered to keys on something that is no active call.
var ErrNoCall = errors.New("no active call of this id")

// messagesJSON is GET /demo/messages.json?to=ADDRESS.
func (p *Pages) messagesJSON(w http.ResponseWriter, r *http.Request) error {
	list, err := p.Desk.messages(r.Context(), `$1 = '' OR recipient = $1`, recipient(r.URL.Query()))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(w).Encode(list)
}

// recipient reads ?to=; a + that was not escaped arrives as a space.
func recipient(q url.Values) string {
	to := strings.ToLower(q.Get("to"))
	if strings.HasPrefix(to, " ") {
		to = "+" + to[1:]
	}
	return strings.TrimSpace(to)
}

// onCall is POST /demo/messages/{id}/…: what a person does with the telephone.
func (p *Pages) onCall(do func(ctx context.Context, id string, r *http.Request) (bool, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		ok, err := do(r.Context(), r.PathValue("id"), r)
		switch {
		case err != nil:
			return err
		case r.PostFormValue("page") != "": // the desk's own buttons come back to the desk
			w.Header().Set("Location", "/demo/messages?m="+url.QueryEscape(r.PathValue("id")))
			w.WriteHeader(http.StatusSeeOther)
		case !ok:
			http.Error(w, ErrNoCall.Error(), http.StatusConflict)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
		return nil
	}
}

// fate reports what became of a text or a mail, as a carrier would.
func (p *Pages) fate() func(http.ResponseWriter, *http.Request) error {
	return p.onCall(func(ctx context.Context, id string, r *http.Request) (bool, error) {
		m, err := p.Desk.message(ctx, id)
		fate := delivery.Fate(r.PostFormValue("fate"))
		if err != nil || m == nil || m.Channel == "voice" || !slices.Contains(fates, fate) {
			return false, err
		}
		return true, p.Desk.Report(ctx, delivery.Receipt{Carrier: Channel{}.Name(), Message: id, Fate: fate})
	})
}

var fates = []delivery.Fate{delivery.Delivered, delivery.Undelivered, delivery.Unreachable}

func (p *Pages) keys() func(http.ResponseWriter, *http.Request) error {
	return p.onCall(func(ctx context.Context, id string, r *http.Request) (bool, error) {
		keys := r.PostFormValue("keys")
		if len(keys) > 32 || strings.Trim(keys, "0123456789*#") != "" {
			return false, nil
		}
		return p.Desk.Keys(ctx, id, keys)
	})
}
