package store

import (
	"strconv"
	"strings"
)

// places are n placeholders of a statement, the first of which is $first.
func places(first, n int) string {
	list := make([]string, n)
	for i := range n {
		list[i] = "$" + strconv.Itoa(first+i)
	}
	return strings.Join(list, ", ")
}
