// Package pim is Privileged Identity Management: requests, the schedules that
// they make, and what comes and goes by the clock. It keeps requests and
// schedules in the store, and the active assignments among the role assignments
// while they are active; what it makes of a request is decided at the instant
// the store is at, and what is due later is deferred there, so that a replica
// that lags behind shows exactly what was.
//
// Who may ask, and whether what a request refers to exists, is for its callers
// to find out. It imports the simulator's store, settings, wire and assignmentid.
//
// Documented, where nothing else is said: Microsoft Graph docs,
// privilegedidentitymanagementv3-overview and the pages of the four schedule
// resources; the texts of errors, and what is marked as seen, are from public
// reports of live tenants.
package pim
