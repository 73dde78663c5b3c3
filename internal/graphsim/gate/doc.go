// Package gate is what every call of a client passes through: it waits out
// latency, lets faults strike, and only then has the call carried out, in the
// store's lock, and its answer sent.
//
// It knows neither Graph nor the login endpoint.
package gate
