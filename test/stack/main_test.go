package stack

import (
	"flag"
	"fmt"
	"os"
	"testing"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/rolewarden/rolewarden/test/internal/stage"
)

const (
	// own is the controller's namespace.
	own = "rolewarden-system"
	// planes is how many worlds there are at once: they wait for most of their time.
	planes = 3
)

// What all tests of the package share.
var (
	pool = stage.NewPool(planes)
	logs stage.Log
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctrl.SetLogger(zap.New(zap.UseDevMode(true), zap.WriteTo(&logs)))
	if err := flag.Set("test.parallel", fmt.Sprint(planes)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer pool.Stop() //nolint:errcheck // the tests have been judged by then
	return m.Run()
}
