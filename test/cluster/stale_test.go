package cluster

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onsi/gomega"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

const collection = "/apis/entra.rolewarden.dev/v1alpha1/roleassignments"

func listing(r *http.Request, _ string) bool {
	return r.Method == http.MethodGet && r.URL.Path == collection && !watching(r)
}

// streaming is a watch that begins with a list.
func streaming(r *http.Request, _ string) bool {
	return r.URL.Path == collection && r.URL.Query().Get("sendInitialEvents") == "true"
}

func resuming(r *http.Request, body string) bool {
	return r.URL.Path == collection && watching(r) && !streaming(r, body)
}

// TestStaleCacheAtRestart: a manager starts with a list that is old and a watch that says nothing. It changes nothing, in
// the directory or in the cluster, before it has caught up.
func TestStaleCacheAtRestart(t *testing.T) {
	w := running(t)
	s := w.scene(t)
	s.Ready(s.tenant)
	edited, reborn, ended := s.granted("edited", alice, userAdministrator), s.granted("reborn", carol), s.granted("ended", bob)
	w.stop()
	passed, fresh := s.grant("passed", alice), s.grant("fresh", carol, userAdministrator)
	s.Create(passed, fresh)
	old := s.snapshot()

	w.startManager()
	s.Ready(passed)
	s.Ready(fresh)
	s.Delete(passed, ended, reborn)
	s.Gone(passed, ended, reborn)
	stage.Change(s.Stage, edited, func(o *v1alpha1.RoleAssignment) { o.Spec.Principal.ID = bob })
	s.Ready(edited)
	reborn = s.granted("reborn", carol)
	w.stop()

	before, commits := s.versions(), len(s.commits())
	lists, current := s.api.answer(listing, http.StatusOK, http.Header{"Content-Type": {"application/json"}}, old)
	_, stream := s.api.answer(streaming, http.StatusBadRequest, nil, "")
	silence := s.api.holdRequest(resuming)
	tried := s.tries("passed", "fresh", "edited", "ended")
	w.startManager()
	silence.await(w)
	s.Eventually(tried, patience, often).Should(gomega.BeEmpty())
	s.Consistently(func() int { return len(s.commits()) }, time.Second, often).Should(gomega.Equal(commits), s.history)
	s.Expect(s.versions()).To(gomega.Equal(before))
	if lists() == 0 {
		s.Error("want the manager to have begun with the old list")
	}

	current()
	stream()
	silence.remove()
	silence.release()
	passed = s.granted("passed", alice)
	s.Ready(fresh)
	s.Ready(edited)
	s.Ready(reborn)
	s.Delete(passed, fresh, edited, reborn)
	s.Gone(passed, fresh, edited, reborn)
}

func userAdministrator(o *v1alpha1.RoleAssignment) { o.Spec.Role.ID = userAdmin }

// snapshot is the list of all RoleAssignments, as the API server answers it now.
func (s *scene) snapshot() string {
	s.Helper()
	admin, err := rest.HTTPClientFor(s.Plane.Config())
	s.Must(err)
	request, err := http.NewRequestWithContext(s.Context(), http.MethodGet, strings.TrimSuffix(s.Plane.Config().Host, "/")+collection, nil)
	s.Must(err)
	answer, err := admin.Do(request)
	s.Must(err)
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	s.Must(err)
	if answer.StatusCode != http.StatusOK {
		s.Fatalf("listing RoleAssignments: %s", data)
	}
	return string(data)
}

// versions are the resourceVersions of the scene's objects.
func (s *scene) versions() map[string]string {
	s.Helper()
	var list v1alpha1.RoleAssignmentList
	s.Must(s.Kube.List(s.Context(), &list, client.InNamespace(s.namespace.Name)))
	versions := map[string]string{}
	for i := range list.Items {
		versions[list.Items[i].Name] = list.Items[i].ResourceVersion
	}
	return versions
}

// tries returns a function that names the objects which the manager has not tried to write to yet.
func (s *scene) tries(names ...string) func() []string {
	counts := map[string]func() int{}
	for _, name := range names {
		counts[name], _ = s.api.add(&rule{
			match: on(http.MethodPatch, "/roleassignments/"+name),
			act:   func(w http.ResponseWriter, _ *http.Request, pass func(http.ResponseWriter)) { pass(w) },
		})
	}
	return func() []string {
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return counts[name]() > 0 })
	}
}

// TestCoalesced: while the manager sees nothing, an object loses its finalizer, goes, and is made again under its name with
// another grant. What remained of the first is reported, and the second stands for its own.
func TestCoalesced(t *testing.T) {
	w := running(t)
	s := w.scene(t)
	s.Ready(s.tenant)
	obj := s.granted("one-name", alice)
	silence := s.api.holdRequest(resuming)
	s.api.CloseClientConnections()
	silence.await(w)
	s.witness.excuse(s.key(alice), "the finalizer was taken off")
	s.strip(obj)
	s.Delete(obj)
	s.Gone(obj)
	again := s.grant("one-name", bob)
	s.Create(again)
	silence.remove()
	silence.release()
	s.Ready(again)
	s.mustHold(bob, true)
	s.mustHold(alice, true)
	s.told(s.tenant, "FinalizerRemoved", s.namespace.Name+"/one-name")
	s.Delete(again)
	s.Gone(again)
	s.mustHold(bob, false)
}
