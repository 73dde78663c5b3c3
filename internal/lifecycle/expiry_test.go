package lifecycle_test

import (
	"testing"
	"time"
)

func TestExpiry(t *testing.T) {
	expiring := func(then func(*world)) func(*world) {
		return func(w *world) {
			w.shape = newShape()
			b := MakeRoleAssignment("a")
			w.until(time.Hour)(b.obj)
			granted(w, b)
			then(w)
		}
	}
	plain := []string{"+ours alice"}
	play(t, map[string]scenario{
		"the directory ends it": {do: expiring(func(w *world) {
			w.run(time.Hour - window - drift - time.Second)
			w.dir.portalRevokes(key(alice))
			w.run(3 * time.Hour)
		}), want: "Failed False Expired", directory: append(plain, "-portal alice"), events: []string{"Granted", "Revoked", "Expired"}},
		"the directory forgets to": {do: expiring(func(w *world) { w.run(3 * time.Hour) }),
			want: "Failed False Expired", directory: append(plain, "-ours alice")},
		"a process that has just begun": {do: expiring(func(w *world) {
			w.run(3 * time.Hour)
			w.start()
			w.run(3 * time.Hour)
		}), want: "Failed False Expired", directory: append(plain, "-ours alice")},
		"removed by hand before": {do: expiring(func(w *world) {
			w.dir.portalRevokes(key(alice))
			w.run(3 * time.Hour)
		}), want: "Failed False Expired", directory: append(plain, "-portal alice", "+ours alice", "-ours alice")},
		"extended": {do: expiring(func(w *world) {
			w.run(3 * time.Hour)
			w.edit("a", w.until(time.Hour))
			w.run(time.Minute)
		}), want: "Current True Granted", directory: append(plain, "-ours alice", "+ours alice")},
		"deleted when it is over": {do: expiring(func(w *world) {
			w.run(3 * time.Hour)
			w.delete("a")
			w.run(time.Minute)
		}), want: "gone", directory: append(plain, "-ours alice")},
		"over from the first": {do: func(w *world) {
			w.shape = newShape()
			b := MakeRoleAssignment("a")
			w.until(-time.Hour)(b.obj)
			w.apply(b)
			w.run(time.Hour)
			if calls := w.dir.calls["create"] + w.dir.calls["read"]; calls != 0 {
				w.t.Errorf("%d calls for what is over", calls)
			}
		}, want: "Failed False Expired"},
	})
}
