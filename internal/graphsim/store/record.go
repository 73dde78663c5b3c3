package store

import "time"

// The sources that a change can have.
const (
	SourceSeed   = "seed"   // it was there from the start
	SourcePortal = "portal" // a person did it, at the control interface
	SourceCall   = "call"   // a client did it, through Graph
)

// Provenance says which act made a change. Clients never see it.
type Provenance struct {
	Source          string    `json:"source"`
	CallID          int64     `json:"callID,omitempty"`
	ClientRequestID string    `json:"clientRequestID,omitempty"`
	AppID           string    `json:"appID,omitempty"`
	ObjectID        string    `json:"objectID,omitempty"`
	Time            time.Time `json:"time"`
}

// AssignmentRecord is a role assignment as it truly is, and who made it.
type AssignmentRecord struct {
	ID               string     `json:"id"`
	PrincipalID      string     `json:"principalID"`
	RoleDefinitionID string     `json:"roleDefinitionID"`
	DirectoryScopeID string     `json:"directoryScopeID"`
	Provenance       Provenance `json:"provenance"`
}

// The changes that a commit can be.
const (
	OpCreate = "create"
	OpDelete = "delete"
)

// Commit is one effective change of the role assignments of a tenant. A
// deleted assignment carries the provenance of its creation in Assignment, and
// that of its deletion in Provenance.
type Commit struct {
	Seq        int64            `json:"seq"`
	Time       time.Time        `json:"time"`
	TenantID   string           `json:"tenantID"`
	Op         string           `json:"op"`
	Assignment AssignmentRecord `json:"assignment"`
	Provenance Provenance       `json:"provenance"`
}
