// Package throttle keeps the limits of the simulated service: token buckets per
// application and tenant, in resource units and in writes.
//
// Documented: Microsoft Graph docs, concepts/throttling-limits.md, identity and
// access service limits. It imports the standard library and golang.org/x/time.
package throttle
