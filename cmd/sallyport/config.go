package main

import (
	"fmt"
	"os"

	"sallyport/internal/config"
)

type configCommand struct {
	Check configCheck `cmd:"" help:"Tell every problem of the configuration, and what it deviates from."`
	Print configPrint `cmd:"" help:"Print the configuration in force, secrets redacted."`
}

type configCheck struct {
	Config string `type:"existingfile" help:"Configuration file (YAML)."`
}

// Run exits with 1 where there are problems.
func (c *configCheck) Run() error {
	loaded, err := loadValid(c.Config)
	if err != nil {
		return err
	}
	fmt.Println("The configuration is good.")
	for _, said := range loaded.Deviations() {
		fmt.Println("  " + said)
	}
	return nil
}

type configPrint struct {
	Config string `type:"existingfile" help:"Configuration file (YAML)."`
}

// Run prints the configuration even where it has problems.
func (c *configPrint) Run() error {
	loaded, err := config.Load(c.Config, os.LookupEnv)
	if err != nil {
		return err
	}
	return loaded.Print(os.Stdout)
}
