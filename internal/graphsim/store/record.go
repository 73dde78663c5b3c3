package store

import "time"

// The sources that a change can have.
const (
	SourceSeed   = "seed"   // it was there from the start
	SourcePortal = "portal" // a person did it, at the control interface
	SourceCall   = "call"   // a client did it, through Graph
	SourceClock  = "clock"  // its time had come: a start, an end, or what the directory tidies up
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

// Record is a row as it truly is, and who made its newest version. Its
// properties are those that Graph shows and those that only the directory knows.
type Record struct {
	ID         string     `json:"id"`
	Set        string     `json:"set"`
	Properties Props      `json:"properties"`
	Provenance Provenance `json:"provenance"`
}

// AssignmentRecord is a role assignment as it truly is, and who made it.
type AssignmentRecord struct {
	ID               string     `json:"id"`
	PrincipalID      string     `json:"principalID"`
	RoleDefinitionID string     `json:"roleDefinitionID"`
	DirectoryScopeID string     `json:"directoryScopeID"`
	Provenance       Provenance `json:"provenance"`
	// AssignmentType is Assigned or Activated where Privileged Identity
	// Management governs the assignment, by the schedule of this ID.
	AssignmentType string `json:"assignmentType,omitempty"`
	ScheduleID     string `json:"scheduleID,omitempty"`
}

// The changes that a commit can be.
const (
	OpCreate = "create"
	OpUpdate = "update"
	OpDelete = "delete"
)

// Commit is one effective change of a tenant. What was deleted carries the
// provenance of its last version in Record, and that of its deletion in
// Provenance. Assignment says the same of a role assignment, and of nothing else.
type Commit struct {
	Seq        int64            `json:"seq"`
	Time       time.Time        `json:"time"`
	TenantID   string           `json:"tenantID"`
	Set        string           `json:"set"`
	Op         string           `json:"op"`
	Assignment AssignmentRecord `json:"assignment,omitzero"`
	Record     Record           `json:"record"`
	Provenance Provenance       `json:"provenance"`
}
