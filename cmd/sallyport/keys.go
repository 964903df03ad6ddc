package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"sallyport/internal/door/op"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
)

type keysCommand struct {
	List   keysList   `cmd:"" help:"List the keys that tokens are signed with."`
	Rotate keysRotate `cmd:"" help:"Make new signing keys; the old ones stay known until nothing they signed is of use."`
}

type keysList struct{ place }

// Run lists the keys, never what is secret of them.
func (k *keysList) Run(ctx context.Context) error {
	return withStore(ctx, k.place, func(s *store.Store) error {
		list, err := signer(s).KeyList(ctx)
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, "KEY ID\tALGORITHM\tSTATE\tSIGNS FROM")
		for _, key := range list {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", key.ID, key.Algorithm, key.State, key.SignsFrom.Format(time.RFC3339))
		}
		return out.Flush()
	})
}

type keysRotate struct {
	operatorPlace
	Compromised bool `help:"Somebody else may know the present keys: withdraw them at once. Tokens they signed stop being believed."`
}

// Run rotates. A running installation signs with the new keys in ten minutes, so
// that everybody has fetched them; compromised, within seconds.
func (k *keysRotate) Run(ctx context.Context) error {
	return withStore(ctx, k.place, func(s *store.Store) error {
		if err := signer(s).Rotate(ctx, k.Compromised); err != nil {
			return err
		}
		if k.Compromised {
			fmt.Println("The old keys are withdrawn; the new ones sign within seconds.")
		} else {
			fmt.Println("New keys are published; they sign in ten minutes.")
		}
		return nil
	})
}

func signer(s *store.Store) *op.Provider { return &op.Provider{Store: s, NewKey: secret.NewSigningKey} }
