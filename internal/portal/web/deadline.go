package web

import (
	"net/http"
	"time"
)

// patience is how long the next piece of a file may take, in the slowest of networks.
const patience = 30 * time.Second

// extend gives the other side its time anew, for the next piece.
func extend(w http.ResponseWriter) {
	until, c := time.Now().Add(patience), http.NewResponseController(w)
	if c.SetReadDeadline(until) == nil { // not every connection has deadlines
		c.SetWriteDeadline(until)
	}
}
