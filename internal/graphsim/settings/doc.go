// Package settings holds the conditions under which the simulated directory
// works: how slow, how far behind, how strict about its limits.
//
// It imports the standard library only.
package settings
