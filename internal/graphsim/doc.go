// Package graphsim is a directory simulator: a login endpoint and a Microsoft
// Graph endpoint for directory roles and what they refer to, good enough that
// clients we did not write work against it unchanged. It serves HTTPS, or runs
// in process as an http.Handler under whatever clock it is given.
//
// It imports nothing of the project's other packages, so that a mistake about
// the wire cannot cancel itself out: the standard library, sigs.k8s.io/yaml,
// golang-jwt and golang.org/x/time only. docs/simulator.md says what it does,
// what of that Microsoft documents, and what is assumed.
//
// Its parts, each a package of its own: seed (what is there at the start),
// schema (what kinds of objects there are), store (their versions), odata
// (queries), graphapi (Graph's rules), pim (schedules), login (tokens), gate (latency and
// faults), throttle (limits), journal (calls), wire (answers).
package graphsim
