// Package msgraph speaks to Microsoft Graph and to its login endpoint in the vocabulary of package graph: domain values
// come out, and every error is, or wraps, a *graph.Error that says what it means.
//
// It is the only package that imports the Graph SDK, kiota and azidentity. Each method is one operation. Nothing is
// retried here: whoever calls knows whether a write may be repeated.
package msgraph
