// Package odata reads the query options that Microsoft Graph understands and
// evaluates filters. It knows the language and nothing of any entity: which
// properties there are, and which may be filtered how, is its caller's to say.
//
// The grammar is OData 4.01's as far as Graph documents it (Microsoft Graph
// docs, concepts/filter-query-parameter.md and aad-advanced-queries.md).
// It imports the standard library only.
package odata
