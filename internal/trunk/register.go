package trunk

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// register tells the trunk where we are, for so long (RFC 3261 section 10), and returns for
// how long it keeps that.
func (l *line) register(ctx context.Context, life time.Duration) (time.Duration, error) {
	res, err := l.sendRegister(ctx, life)
	if err == nil && res.StatusCode == 423 { // Interval Too Brief
		if h := res.GetHeader("Min-Expires"); h != nil {
			if least, bad := strconv.Atoi(h.Value()); bad == nil && least > 0 && least <= 86400 {
				life = time.Duration(least) * time.Second
				res, err = l.sendRegister(ctx, life)
			}
		}
	}
	if err != nil {
		return 0, l.explained(err)
	}
	if !res.IsSuccess() {
		return 0, fmt.Errorf("registration: %w", refusal(res.StatusCode))
	}
	return granted(res, life), nil
}

// granted is the life that the trunk gave, which may be shorter than ours.
func granted(res *sip.Response, asked time.Duration) time.Duration {
	for _, text := range []string{contactExpires(res), headerValue(res, "Expires")} {
		if n, err := strconv.Atoi(text); err == nil && n > 0 {
			return min(time.Duration(n)*time.Second, asked)
		}
	}
	return asked
}

func contactExpires(res *sip.Response) string {
	if c := res.Contact(); c != nil {
		text, _ := c.Params.Get("expires")
		return text
	}
	return ""
}

func headerValue(res *sip.Response, name string) string {
	if h := res.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

func (l *line) sendRegister(ctx context.Context, life time.Duration) (*sip.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req := l.request(sip.REGISTER, sip.Uri{Scheme: "sip", Host: l.o.Domain})
	req.AppendHeader(&sip.ToHeader{Address: l.aor})
	expires := sip.ExpiresHeader(life / time.Second)
	req.AppendHeader(&expires)
	if l.reg != nil { // one registration has one Call-ID, and its requests rise
		call, seq := *l.reg.CallID(), *l.reg.CSeq()
		seq.SeqNo++
		req.AppendHeader(&call)
		req.AppendHeader(&seq)
	}
	l.reg = req
	return l.authenticated(ctx, req)
}

// authenticated sends a request, and once more with credentials where it is asked for them.
func (l *line) authenticated(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	res, err := l.client.Do(ctx, req)
	if err != nil || res.StatusCode != 401 && res.StatusCode != 407 || l.o.Password == "" {
		return res, err
	}
	return l.client.DoDigestAuth(ctx, req, res, sipgo.DigestAuth{Username: l.o.Username, Password: l.o.Password})
}

func (l *line) unregister() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = l.sendRegister(ctx, 0) // it ends by itself where this is lost
}
