// Package journal remembers the calls that clients made, for whoever wants to
// count them or to see what was asked.
//
// It imports the standard library only.
package journal
