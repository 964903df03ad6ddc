package app

import (
	"sallyport/internal/config"
	"sallyport/internal/words"
)

// loadWords reads our words, and the operator's in place of ours where there are some.
func loadWords(c config.Config) (*words.Catalog, error) {
	return words.LoadWith(words.Brand{Name: c.Brand.Name, Product: c.Brand.Product,
		SupportPhone: c.Brand.SupportPhone, SupportEmail: c.Brand.SupportEmail}, c.Messages.Dir)
}
