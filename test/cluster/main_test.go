package cluster

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/rolewarden/rolewarden/test/internal/stage"
)

const (
	root     = "../.."
	patience = stage.Patience
	often    = stage.Often
	// together is how many stories are played at once: they wait for most of their time.
	together = "48"
	// planes is how many control planes there are for worlds that wait, too.
	planes = 2
)

// What all tests of the package share.
var (
	pool  = stage.NewPool(planes)
	logs  stage.Log
	built = sync.OnceValues(build)
	// scratch is a directory for the program that is built.
	scratch string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctrl.SetLogger(zap.New(zap.UseDevMode(true), zap.WriteTo(&logs)))
	var err error
	if scratch, err = os.MkdirTemp("", "rolewarden-cluster-"); err == nil {
		err = flag.Set("test.parallel", together)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch) //nolint:errcheck // the tests have been judged by then
	defer pool.Stop()           //nolint:errcheck // as above
	return m.Run()
}
