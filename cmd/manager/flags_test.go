package main

import (
	"strings"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/controllers"
)

func TestValidate(t *testing.T) {
	cases := map[string]struct {
		change func(*flags)
		want   string
	}{
		"as it should be":       {func(*flags) {}, ""},
		"no namespace":          {func(f *flags) { f.namespace = "" }, "--namespace"},
		"no requests":           {func(f *flags) { f.kubeQPS = 0 }, "--kube-api-qps"},
		"no propagation window": {func(f *flags) { f.controllers.PropagationWindow = 0 }, "--propagation-window"},
		"a window in the past":  {func(f *flags) { f.controllers.PropagationWindow = -time.Minute }, "--propagation-window"},
		"no drift interval":     {func(f *flags) { f.controllers.DriftInterval = 0 }, "--drift-interval"},
		"nothing worked on":     {func(f *flags) { f.controllers.Concurrency = 0 }, "--concurrency"},
		"less than nothing":     {func(f *flags) { f.controllers.Concurrency = -1 }, "--concurrency"},
		"the least of intervals": {func(f *flags) {
			f.controllers.DriftInterval, f.controllers.PropagationWindow = time.Second, time.Second
		}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := flags{namespace: namespace, kubeQPS: 1,
				controllers: controllers.Options{PropagationWindow: time.Minute, DriftInterval: time.Minute, Concurrency: 1}}
			tc.change(&f)
			err := f.validate()
			if (err == nil) != (tc.want == "") || (err != nil && !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("want an error that names %q, got %v", tc.want, err)
			}
		})
	}
}
