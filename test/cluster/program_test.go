package cluster

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// program is a running manager, as it is shipped.
type program struct {
	command *exec.Cmd
	log     stage.Log
	exited  chan struct{}
}

// build builds the manager, for all tests that run it.
func build() (string, error) {
	binary := filepath.Join(scratch, "manager")
	output, err := exec.Command("go", "build", "-o", binary, root+"/cmd/manager").CombinedOutput() //nolint:noctx // it serves all tests
	if err != nil {
		return "", fmt.Errorf("building the manager: %w\n%s", err, output)
	}
	return binary, nil
}

// endPatience is how long a manager may take to end once it is asked to: it gives itself 30 s.
const endPatience = 40 * time.Second

// launch starts the manager as a process that takes part in the election of a leader.
func (w *world) launch(binary string) *program {
	w.Helper()
	flags := []string{"--leader-elect", "--metrics-bind-address=0", "--health-probe-bind-address=0",
		fmt.Sprintf("--propagation-window=%s", w.options.PropagationWindow), fmt.Sprintf("--drift-interval=%s", w.options.DriftInterval)}
	p := &program{command: exec.Command(binary, flags...), exited: make(chan struct{})} //nolint:noctx // it is ended below
	p.command.Env = []string{"KUBECONFIG=" + w.kubeConfig(w.own), "POD_NAMESPACE=" + w.own}
	p.command.Stdout, p.command.Stderr = &p.log, &p.log
	w.Must(p.command.Start())
	go func() { defer close(p.exited); _ = p.command.Wait() }()
	before := w.stop
	w.stop = func() { before(); p.end(w) }
	return p
}

// end asks the process to end, and sees that it does.
func (p *program) end(w *world) {
	w.Helper()
	_ = p.command.Process.Signal(syscall.SIGCONT) // both fail when it has ended
	_ = p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(endPatience):
		w.Errorf("the process %d did not end %s after SIGTERM", p.command.Process.Pid, endPatience)
		_ = p.command.Process.Kill()
		<-p.exited
	}
	if w.Failed() {
		w.Logf("log of process %d:\n%s", p.command.Process.Pid, p.log.Tail(40))
	}
}

// pair launches two, of which the first leads, and returns it with the name it leads under.
func (w *world) pair() (first *program, name string) {
	w.Helper()
	first = w.launch(w.program())
	name = w.leader("")
	w.launch(w.program())
	return first, name
}

// program is the path of the manager.
func (w *world) program() string {
	w.Helper()
	binary, err := built()
	w.Must(err)
	return binary
}

// signal sends a signal to the process.
func (p *program) signal(w *world, s syscall.Signal) {
	w.Helper()
	w.Must(p.command.Process.Signal(s))
}

// leader waits until another than the one given leads, and returns who does.
func (w *world) leader(not string) string {
	w.Helper()
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: w.own, Name: "controller.entra.rolewarden.dev"}}
	who := ""
	w.Eventually(func() bool {
		w.Get(lease)
		who = ptr.Deref(lease.Spec.HolderIdentity, "")
		return who != "" && who != not
	}, patience, often).Should(gomega.BeTrue())
	return who
}

// depose lets the lease look as if its holder had given it back.
func (w *world) depose() {
	w.Helper()
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: w.own, Name: "controller.entra.rolewarden.dev"}}
	w.Get(lease)
	lease.Spec.HolderIdentity = ptr.To("")
	w.Must(w.Kube.Update(w.Context(), lease))
}
