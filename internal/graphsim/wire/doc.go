// Package wire writes answers: bodies, headers and the two envelopes that
// errors come in.
//
// It imports the standard library and the simulator's settings.
package wire
