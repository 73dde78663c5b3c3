package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// pollInterval is short because the wait it serves is most of what a test's start costs.
const pollInterval = 50 * time.Millisecond

// controllerManager is a running kube-controller-manager.
type controllerManager struct {
	command *exec.Cmd
	exited  chan struct{}
}

func (e *Environment) startControllerManager(ctx context.Context) error {
	log, err := e.openLog("kube-controller-manager")
	if err != nil {
		return err
	}
	args, err := e.controllerManagerArgs()
	if err != nil {
		return err
	}
	command := exec.Command(e.assets.controllerManager, args...) //nolint:noctx // the context bounds the start, and the process outlives it
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		return fmt.Errorf("starting kube-controller-manager: %w", err)
	}
	e.manager = &controllerManager{command: command, exited: make(chan struct{})}
	go e.manager.wait()
	return e.awaitControllerManager(ctx)
}

// controllerManagerArgs keep to the controllers that what we test depends on: there are no nodes here, and each of the
// others would only watch and wait. --secure-port=0 means that it listens nowhere.
func (e *Environment) controllerManagerArgs() ([]string, error) {
	kubeconfig, err := e.KubeConfig("system:kube-controller-manager")
	if err != nil {
		return nil, err
	}
	path, ca := filepath.Join(e.dir, "kube-controller-manager.kubeconfig"), filepath.Join(e.dir, "ca.crt")
	if err := errors.Join(os.WriteFile(path, kubeconfig, 0o600), os.WriteFile(ca, e.config.CAData, 0o600)); err != nil {
		return nil, err
	}
	controllers := []string{
		"clusterrole-aggregation-controller", "garbage-collector-controller", "namespace-controller",
		"root-ca-certificate-publisher-controller", "serviceaccount-controller",
		"validatingadmissionpolicy-status-controller",
	}
	return []string{
		"--kubeconfig=" + path, "--root-ca-file=" + ca, "--secure-port=0", "--leader-elect=false",
		"--use-service-account-credentials=true", "--kube-api-qps=1000", "--kube-api-burst=2000",
		"--controllers=" + strings.Join(controllers, ","),
	}, nil
}

// awaitControllerManager returns when the default namespace has the service account that only the controller manager makes.
func (e *Environment) awaitControllerManager(ctx context.Context) error {
	reader, err := client.New(e.config, client.Options{})
	if err != nil {
		return fmt.Errorf("waiting for kube-controller-manager: %w", err)
	}
	key := client.ObjectKey{Namespace: corev1.NamespaceDefault, Name: "default"}
	err = wait.PollUntilContextCancel(ctx, pollInterval, true, func(ctx context.Context) (bool, error) {
		if e.manager.hasExited() {
			return false, errors.New("it exited")
		}
		err := reader.Get(ctx, key, &corev1.ServiceAccount{})
		return err == nil, client.IgnoreNotFound(err)
	})
	if err != nil {
		return fmt.Errorf("waiting for kube-controller-manager: %w", err)
	}
	return nil
}

func (m *controllerManager) wait() {
	defer close(m.exited)
	_ = m.command.Wait() // how it ended is in its log; stop makes it end with an error
}

func (m *controllerManager) hasExited() bool {
	select {
	case <-m.exited:
		return true
	default:
		return false
	}
}

// stop kills: the controller manager holds no state, and its orderly shutdown would only be waited for.
func (m *controllerManager) stop() {
	_ = m.command.Process.Kill() // fails only when the process has ended already
	<-m.exited
}
