package graph

import "time"

// ScheduleKind tells eligible from active assignments in Privileged Identity Management.
type ScheduleKind int

const (
	// Eligible assignments may be activated by their principal.
	Eligible ScheduleKind = iota
	// Active assignments hold by themselves.
	Active
)

// ScheduleAction is what a request asks of Privileged Identity Management.
type ScheduleAction string

// The actions that the controller asks for.
const (
	AdminAssign ScheduleAction = "adminAssign"
	AdminUpdate ScheduleAction = "adminUpdate"
	AdminRemove ScheduleAction = "adminRemove"
)

// Schedule is an assignment in Privileged Identity Management as the directory shows it: what is, whatever request made it.
type Schedule struct {
	AssignmentKey

	// ID names the schedule. It is that of the request that made it, which the directory purges long before; for a plain role
	// assignment, which shows among the active ones, it is the assignment's.
	ID string
	// Start is when it begins, zero for a plain role assignment; End is when it ends, zero when it does not.
	Start, End time.Time
	// Activated is set when the principal activated an eligibility, rather than being assigned.
	Activated bool
}

// ScheduleRequest is a request as the directory keeps it, for about 45 days.
type ScheduleRequest struct {
	AssignmentKey

	ID string
	// Action and Status are the directory's words, such as adminAssign and PendingApproval; the action is empty if it is none
	// that is known.
	Action  ScheduleAction
	Status  string
	Created time.Time
	// Completed is when it was carried out, zero if it was not, or if that is not told.
	Completed time.Time
	// Creator is the object ID or appId of who made it, empty if that is not told.
	Creator string
	// Start and End are those of the schedule that is asked for; zero where there is none.
	Start, End time.Time
	// Justification is as it was asked for.
	Justification string
}

// ScheduleChange is what to ask of Privileged Identity Management.
type ScheduleChange struct {
	AssignmentKey

	Action ScheduleAction
	// Start is when it begins, zero for now; End is when it ends, zero for never. Neither is sent with AdminRemove.
	Start, End time.Time
	// Justification and the ticket are for those who review it.
	Justification, TicketNumber, TicketSystem string
}

// Group is a group of the directory.
type Group struct {
	ID          string
	UniqueName  string
	DisplayName string
	Description string
	// MailNickname is the local part of its mail address.
	MailNickname string
	// Unified is set for a Microsoft 365 group.
	Unified bool
	// AssignableToRoles is fixed at creation.
	AssignableToRoles bool
}

// DeletedObject is a directory object in the recycle bin, from which it can be restored for RecycleTime.
type DeletedObject struct {
	ID string
	// Kind is "user", "group" or "servicePrincipal", or another of the directory's names of kinds.
	Kind string
	// DisplayName is empty, and Deleted zero, where that is not told.
	DisplayName string
	Deleted     time.Time
}

// RecycleTime is how long the directory keeps what was deleted (Microsoft Graph docs, resources/directory).
const RecycleTime = 30 * 24 * time.Hour

// CustomRole is a custom role with what it allows.
type CustomRole struct {
	ID          string
	DisplayName string
	Description string
	Enabled     bool
	// Actions are the allowed resource actions, sorted. What narrows the role as it was read, a condition or an exclusion, is told
	// in words among them, which are no action.
	Actions []string
}
