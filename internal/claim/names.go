package claim

import (
	"fmt"

	"github.com/google/uuid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// application is what a service principal is named by.
const application = "service principal of the application"

func onlyOf(ids []string, err error, what, name string, notFound v1alpha1.Reason) (string, error) {
	if err != nil {
		return "", err
	}
	return only(what, name, notFound, ids)
}

// only returns the one ID that a name stands for.
func only(what, name string, notFound v1alpha1.Reason, ids []string) (string, error) {
	switch len(ids) {
	case 1:
		return ids[0], nil
	case 0:
		return "", &lifecycle.Problem{Reason: notFound,
			Message: fmt.Sprintf("The directory has no %s %q%s. It is looked for again from time to time", what, name, hintFor(what))}
	}
	return "", &lifecycle.Problem{Reason: v1alpha1.ReasonNameAmbiguous, Stalled: true,
		Message: fmt.Sprintf("The directory has %d objects that match %s %q: name the one that is meant by its ID", len(ids), what, name)}
}

// hintFor says what is often meant by an ID of the wrong kind.
func hintFor(what string) string {
	if what == application {
		return "; if this is the object ID of a service principal, it belongs into the field id"
	}
	return ""
}

// Invalid is a spec that admission let through and that names nothing.
func Invalid(err error) error {
	return &lifecycle.Problem{Reason: v1alpha1.ReasonInvalidSpec, Stalled: true, Message: err.Error()}
}

// DefinitionID is the template ID that a custom role gets: made of its tenant, namespace and name, so that to create it twice
// is to create it once, and a cluster that was built anew finds it again.
func DefinitionID(tenantID string, name client.ObjectKey) string {
	space := uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://rolewarden.dev/roledefinitions/"+tenantID))
	return uuid.NewSHA1(space, []byte(name.String())).String()
}
