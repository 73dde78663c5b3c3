package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// lives starts managers on a stage, one after the other or beside each other.
type lives struct {
	stage *stage
	// wrapKube puts the gate in front of the transport to the Kubernetes API.
	wrapKube func(http.RoundTripper) http.RoundTripper
	// output takes all that the managers write.
	output io.Writer
	// window and drift are what the managers are started with.
	window, drift time.Duration
	// concurrency has to be more than the calls that are held at once: each holds a worker.
	concurrency int

	begun   int
	started []*process
}

// start starts a manager with a proxy of its own to the Kubernetes API.
func (l *lives) start(ctx context.Context, leaderElection bool) (*process, error) {
	l.begun++
	front, path, err := l.kubeProxy(ctx)
	if err != nil {
		return nil, err
	}
	p, err := startProcess(ctx, l.begun, launch{
		binary: l.stage.binary, dir: l.stage.dir, kubeconfig: path, copyTo: l.output,
		args: []string{
			fmt.Sprintf("--leader-elect=%t", leaderElection), fmt.Sprintf("--propagation-window=%s", l.window),
			fmt.Sprintf("--drift-interval=%s", l.drift), fmt.Sprintf("--concurrency=%d", l.concurrency),
			"--kube-api-qps=1000", "--zap-log-level=debug",
		},
	})
	if err != nil {
		return nil, errors.Join(err, front.close())
	}
	p.proxy = front
	l.started = append(l.started, p)
	return p, nil
}

// kubeProxy starts a proxy to the Kubernetes API and writes a kubeconfig of the manager's service account for it.
func (l *lives) kubeProxy(ctx context.Context) (*proxy, string, error) {
	config := rest.AnonymousClientConfig(l.stage.plane.Config()) // who is asking is up to the token in the request
	config.NextProtos = []string{"http/1.1"}
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, "", fmt.Errorf("starting a proxy: %w", err)
	}
	front, err := startProxy(ctx, l.stage.identity, l.wrapKube(transport), config.Host, false)
	if err != nil {
		return nil, "", err
	}
	path := filepath.Join(l.stage.dir, fmt.Sprintf("kubeconfig-%04d", l.begun))
	if err := l.writeKubeconfig(path, front); err != nil {
		return nil, "", errors.Join(err, front.close())
	}
	return front, path, nil
}

func (l *lives) writeKubeconfig(path string, front *proxy) error {
	config, err := clientcmd.Load(l.stage.account)
	if err != nil {
		return fmt.Errorf("writing a kubeconfig: %w", err)
	}
	for _, cluster := range config.Clusters {
		cluster.Server, cluster.CertificateAuthorityData = front.url, front.ca
	}
	return clientcmd.WriteToFile(*config, path)
}

// bury closes the proxy of a manager that has gone, and removes the log of one that nobody will ask about.
func (l *lives) bury(p *process, keepLog bool) error {
	p.kill()
	err := p.proxy.close()
	if !keepLog {
		err = errors.Join(err, os.Remove(p.log))
	}
	return err
}

// worked is the processor time of the managers that have ended.
func (l *lives) worked() (total time.Duration) {
	for _, p := range l.started {
		select {
		case <-p.exited:
			total += p.command.ProcessState.UserTime() + p.command.ProcessState.SystemTime()
		default:
		}
	}
	return total
}

// close ends every manager that still runs.
func (l *lives) close() error {
	var errs []error
	for _, p := range l.started {
		p.kill()
		errs = append(errs, p.proxy.close())
	}
	return errors.Join(errs...)
}
