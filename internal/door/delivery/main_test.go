package delivery

import (
	"flag"
	"os"
	"testing"
)

// What is tested here is mostly waiting, for telephones and for carriers that are silent:
// as many wait at once as there are.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
