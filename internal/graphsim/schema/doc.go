// Package schema describes the entity sets of the simulated directory: where
// they are, what properties they have, how they can be queried, who may touch
// them. A new entity set is a description here, and a rule in graphapi where
// the directory has one that no description can hold.
//
// Names and types are those of the Microsoft Graph v1.0 metadata document; what
// can be filtered and which permissions count is from the reference page of
// each resource (Microsoft Graph docs, api-reference/v1.0).
// It imports the standard library only.
package schema
