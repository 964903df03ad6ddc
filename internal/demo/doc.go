// Package demo is what `sallyport demo` adds and no other command links into its
// pages: the message desk, where mail, texts and calls arrive and # can be pressed,
// and the sample organisations and people. The desk is a carrier like any other:
// it reports call events through the same door, under the same rules and limits.
// It keeps its messages in a database of its own, in clear, as a mailbox would.
package demo
