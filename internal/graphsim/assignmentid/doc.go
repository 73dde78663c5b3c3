// Package assignmentid computes the IDs of role assignments.
//
// The scheme is not documented: it was decoded from the samples in Microsoft
// Graph's own pages, and a client must not rely on it. What matters is what
// follows from it: the ID names the triple of role, principal and scope, so an
// assignment that is removed and granted again has the same ID.
//
// It imports the standard library only.
package assignmentid
