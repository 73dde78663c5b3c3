// Package graph is the vocabulary of the directory: what Microsoft Graph's objects are called here, what makes two of
// them the same thing, what its errors mean, and how its filters are written. It makes no calls.
//
// It imports the standard library only. internal/graph/msgraph speaks it over the wire.
package graph
