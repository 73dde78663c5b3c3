// Package tenant holds the directories that the controller is connected to: for each its client, and what is read once
// for all who need it. It imports the API, internal/graph and internal/graph/msgraph.
package tenant
