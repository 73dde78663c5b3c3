package graphsim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/graphsim/clock"
)

// inProcess returns a function that calls the handler of a fresh simulator.
func inProcess(b *testing.B) (func(method, path, body string) int, *graphsim.Simulator) {
	b.Helper()
	s := newSimulator(b, loadSeed(b), clock.NewOffset(frozen{}))
	token, err := s.Control().IssueToken(contoso, automation)
	if err != nil {
		b.Fatal(err)
	}
	return func(method, path, body string) int {
		r := httptest.NewRequestWithContext(b.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, r)
		return rec.Code
	}, s
}

func BenchmarkCreateAndDelete(b *testing.B) {
	call, s := inProcess(b)
	body := fmt.Sprintf(`{"principalId":%q,"roleDefinitionId":%q,"directoryScopeId":"/"}`, alice, helpdeskAdmin)
	for b.Loop() {
		if got := call(http.MethodPost, assignments, body); got != http.StatusCreated {
			b.Fatal(got)
		}
		records := s.Control().Assignments(contoso)
		if got := call(http.MethodDelete, assignments+"/"+records[len(records)-1].ID, ""); got != http.StatusNoContent {
			b.Fatal(got)
		}
	}
}

func BenchmarkListOfOnePrincipal(b *testing.B) {
	call, _ := inProcess(b)
	path := assignments + query("$filter", "principalId eq '"+erin+"'")
	for b.Loop() {
		if got := call(http.MethodGet, path, ""); got != http.StatusOK {
			b.Fatal(got)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	seed := loadSeed(b)
	for b.Loop() {
		newSimulator(b, seed, nil)
	}
}
