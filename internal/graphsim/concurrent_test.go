package graphsim_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// TestConcurrentCalls: of clients that ask for the same grant at once exactly
// one is told that it was created, and the history is in order.
func TestConcurrentCalls(t *testing.T) {
	w := serve(t, newSimulator(t, loadSeed(t), nil)).as(contoso, automation)
	const clients = 16
	statuses := make(chan int, clients)
	var wait sync.WaitGroup
	for range clients {
		wait.Go(func() {
			got, err := w.try(http.MethodPost, assignments, grant(helpdeskAdmin, alice, "/"))
			if err != nil {
				t.Error(err)
			}
			statuses <- got.status
			if _, err := w.try(http.MethodGet, assignments, nil); err != nil {
				t.Error(err)
			}
			if _, err := w.control.AddFault(graphsim.Fault{Match: graphsim.Match{Path: "nothing"}, Effect: graphsim.Effect{Latency: time.Hour}}); err != nil {
				t.Error(err)
			}
			w.control.Calls()
			w.control.Assignments(contoso)
		})
	}
	wait.Wait()
	close(statuses)
	counts := map[int]int{}
	for status := range statuses {
		counts[status]++
	}
	if counts[http.StatusCreated] != 1 || counts[http.StatusBadRequest] != clients-1 {
		t.Errorf("statuses = %v", counts)
	}
	var last time.Time
	for i, commit := range w.control.History() {
		if commit.Seq != int64(i+1) || commit.Time.Before(last) {
			t.Errorf("commit %d: %+v", i, commit)
		}
		last = commit.Time
	}
}
