package boundaries

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

var (
	onlyFlag = flag.String("only", "", "a regular expression for the tokens of the trials to run, flow:strike; all if empty")
	sideFlag = flag.Int("side", 48, "how many trials run side by side; twice as many are held for one kill")
	tellFlag = flag.Bool("tell", false, "print the history of every trial")
	logFlag  = flag.String("managerlog", "", "a file for the log of the manager")
)

// plane is the control plane that the tests of the package share.
var plane *testenv.Environment

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

func runAll(m *testing.M) int {
	flag.Parse()
	var err error
	if plane, err = testenv.Start(context.Background(), testenv.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer plane.Stop() //nolint:errcheck // the tests have been judged by then
	return m.Run()
}

func scheme() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(s))
	utilruntime.Must(v1alpha1.AddToScheme(s))
	return s
}

// managerLog is where the manager's log goes besides the witness.
func managerLog(t *testing.T) io.Writer {
	t.Helper()
	if *logFlag == "" {
		return io.Discard
	}
	file, err := os.Create(*logFlag)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}
