package cluster

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

const (
	root = "../.."
	// patience bounds every Eventually: a machine that compiles at the same time is slow.
	patience = 60 * time.Second
	often    = 20 * time.Millisecond
	// together is how many stories are played at once: they wait for most of their time.
	together = "48"
)

// What all tests of the package share.
var (
	plane *testenv.Environment
	kube  client.WithWatch
	logs  logSink
	built = sync.OnceValues(build)
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctrl.SetLogger(zap.New(zap.UseDevMode(true), zap.WriteTo(&logs)))
	if err := start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer plane.Stop() //nolint:errcheck // the tests have been judged by then
	return m.Run()
}

func start(ctx context.Context) (err error) {
	if err := flag.Set("test.parallel", together); err != nil {
		return err
	}
	if plane, err = testenv.Start(ctx, testenv.Options{}); err != nil {
		return err
	}
	kube, err = client.NewWithWatch(plane.Config(), client.Options{Scheme: scheme()})
	return err
}

func scheme() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(s))
	utilruntime.Must(apiextensionsv1.AddToScheme(s))
	utilruntime.Must(v1alpha1.AddToScheme(s))
	return s
}
