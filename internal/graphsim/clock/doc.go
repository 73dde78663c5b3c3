// Package clock tells the simulator what time it is, so that a test can own
// time: nothing in the simulator reads the wall clock except Real.
//
// It imports the standard library only.
package clock
