package demo_test

import (
	"testing"

	"golang.org/x/crypto/bcrypt"

	"sallyport/internal/demo"
)

// The hash in the sample file belongs to the password that /demo shows, at the cost
// that old portals use.
func TestOldHashIsOfOldPassword(t *testing.T) {
	if err := bcrypt.CompareHashAndPassword([]byte(demo.OldHash), []byte(demo.OldPassword)); err != nil {
		t.Error(err)
	}
	if cost, err := bcrypt.Cost([]byte(demo.OldHash)); err != nil || cost != bcrypt.DefaultCost {
		t.Errorf("cost %d, %v", cost, err)
	}
}
