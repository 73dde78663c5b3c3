package pim

import (
	"net/http"

	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

func refusal(code, message string) *wire.Error {
	return &wire.Error{Status: http.StatusBadRequest, Code: code, Message: message}
}

func alreadyExists() *wire.Error {
	return refusal("RoleAssignmentExists", "The Role assignment already exists.")
}

func doesNotExist() *wire.Error {
	return refusal("RoleAssignmentDoesNotExist", "The Role assignment does not exist.")
}

// tooShort has a typing error, as the real text does.
func tooShort() *wire.Error {
	return refusal("ActiveDurationTooShort", "The Active duration is too short. Miniumum Required is 5 minutes.")
}

// pending is documented for the older API of Privileged Identity Management. Assumed: the text.
func pending() *wire.Error {
	return refusal("PendingRoleAssignmentRequest", "There is already an existing pending Role assignment request.")
}

// invalid refuses what makes no sense. The text is from reports; assumed: that it is all that is said.
func invalid() *wire.Error {
	return refusal("InvalidRoleAssignmentRequest", "The role assignment request is invalid.")
}

// SubjectNotFound says that the principal is not known, which a new one is not for a while. Assumed: the text.
func SubjectNotFound() *wire.Error {
	return &wire.Error{Status: http.StatusNotFound, Code: "SubjectNotFound", Message: "The subject is not found."}
}

// RoleNotFound says the same of the role. Assumed: the text.
func RoleNotFound() *wire.Error {
	return &wire.Error{Status: http.StatusNotFound, Code: "RoleNotFound", Message: "The role is not found."}
}
