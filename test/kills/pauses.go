package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/rolewarden/rolewarden/internal/chaos"
)

// pause is where a leader is stopped: between the answer to a call of that kind and what it would do next.
type pause struct {
	name, flow string
	matches    func(*http.Request) bool
	// until says that the other leader has come far enough for the first to go on.
	until func(*chaos.Trial) bool
}

// pauseKinds are a leader that was about to send a create call, and one that was about to send a delete call.
func pauseKinds() []pause {
	return []pause{
		{"between ledger and create call", "create-delete", isStatusPatch, ended},
		{"between check and delete call", "create-delete", isLiveGet, ended},
		{"between ledger and create call, edited", "edit-delete", isStatusPatch, ended},
		{"between check and delete call, made anew", "reborn", isLiveGet, madeAnew},
	}
}

const objects = "/roleassignments/"

func isStatusPatch(r *http.Request) bool {
	return r.Method == http.MethodPatch && strings.Contains(r.URL.Path, objects) && strings.HasSuffix(r.URL.Path, "/status")
}

func isLiveGet(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.URL.Path, objects)
}

func ended(t *chaos.Trial) bool {
	select {
	case <-t.Done():
		return true
	default:
		return false
	}
}

// madeAnew tells whether the grant has been created a second time, and read.
func madeAnew(t *chaos.Trial) bool {
	created := 0
	for _, c := range t.Calls() {
		if c.Op == chaos.OpCreate {
			created++
		}
		if created > 1 && c.Op == chaos.OpStatus && c.Step == 3 {
			return true
		}
	}
	return ended(t)
}

// pauses stops leaders past their lease, lets others take over, and has them go on.
func (h *house) pauses(ctx context.Context, r *roster) error {
	kinds := pauseKinds()
	for i := range h.options.pauses {
		k := kinds[i%len(kinds)]
		if err := h.pauseLeader(ctx, k); err != nil {
			return fmt.Errorf("a leader stopped %s: %w", k.name, err)
		}
		r.endings["SIGSTOP past the lease, then SIGCONT"]++
		h.say("a leader was stopped %s, and went on when another had taken over", k.name)
	}
	return nil
}

func (h *house) pauseLeader(ctx context.Context, k pause) error {
	defer h.openGate().kill()
	first, err := h.leader(ctx)
	if err != nil {
		return err
	}
	held := h.latch.set(k.matches)
	f, _ := chaos.FlowNamed(k.flow)
	t, err := h.world.Begin(ctx, f, chaos.Strike{})
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-held:
	case <-t.Done():
		return errors.New("the call did not come")
	}
	first.signal(syscall.SIGSTOP)
	h.latch.free()
	second, err := h.lives.start(ctx, true)
	if err != nil {
		return err
	}
	if err := poll(ctx, func() bool { return k.until(t) }); err != nil {
		return err
	}
	first.signal(syscall.SIGCONT)
	// The second ends in order and so gives its lease back: the next need not wait until it runs out.
	return errors.Join(h.outlive(ctx, first), h.await(ctx, t), h.settle(ctx), second.end(ctx), h.lives.bury(first, true), h.lives.bury(second, true))
}

// leader starts a manager and returns when it leads, which a trial shows.
func (h *house) leader(ctx context.Context) (*process, error) {
	p, err := h.lives.start(ctx, true)
	if err != nil {
		return nil, err
	}
	return p, h.settle(ctx)
}

// settle plays a trial in peace: whoever leads is at work, and has done what it had to before.
func (h *house) settle(ctx context.Context) error {
	f, _ := chaos.FlowNamed("create-delete")
	t, err := h.world.Begin(ctx, f, chaos.Strike{})
	if err != nil {
		return err
	}
	return h.await(ctx, t)
}

// outlive waits for a manager to notice that it leads no more, and to end.
func (h *house) outlive(ctx context.Context, p *process) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-p.exited:
		return nil
	case <-time.After(endPatience):
		return fmt.Errorf("manager %d goes on without its lease", p.number)
	}
}

// poll waits until something is so.
func poll(ctx context.Context, so func() bool) error {
	return wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, 2*patience, true, func(context.Context) (bool, error) { return so(), nil })
}
