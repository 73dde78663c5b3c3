// Package login is the token service of the simulated directories: discovery,
// the client credentials grant with every way an application can prove itself,
// and the reading of the tokens it issued.
//
// It imports the standard library, golang-jwt and the simulator's seed and wire.
package login
