//go:build mutants

package mutants

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/internal/faults/mutants/mutant"
)

var (
	mutantFlag = flag.String("mutant", "", "search the build with this mutant switched on, and fail if that shows it")
	effortFlag = flag.Int("effort", 10000, "how many schedules to try for each mutant")
	seedFlag   = flag.Uint64("seed", 1, "puts the schedules in order")
)

// result is what became of a mutant.
type result struct {
	Mutant
	Hunt
	// wrong is what went wrong with the hunt itself.
	wrong string
}

// TestMutants holds that the search catches every mutant, by a schedule that shows nothing wrong without it.
func TestMutants(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	b := build(t, all)
	if *mutantFlag != "" {
		b.searchOne(t, all, *mutantFlag)
		return
	}
	began := time.Now()
	results := b.huntAll(t, all)
	t.Logf("\n%s", table(results, time.Since(began)))
	for _, r := range results {
		switch {
		case r.wrong != "":
			t.Errorf("mutant %q: %s", r.Name, r.wrong)
		case !r.Caught:
			t.Errorf("mutant %q is not caught: %s", r.Name, r.What)
		}
	}
}

// program is the test of internal/faults with all mutants in it.
type program string

func build(t *testing.T, all []Mutant) program {
	t.Helper()
	dir, from := t.TempDir(), repository(t)
	overlay, err := WriteOverlay(from, dir, all)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "faults.test")
	compile := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay="+overlay, "-tags=mutants", "-o", binary, "./internal/faults")
	compile.Dir = from
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program(binary)
}

// hunt is the test that looks for a schedule that shows a mutant.
func (b program) hunt(t *testing.T, m Mutant, args ...string) *exec.Cmd {
	t.Helper()
	args = append(args, "-test.run=^TestHunt$", "-test.timeout=30m", "-kept="+strings.Join(m.Kept, " "),
		"-effort="+strconv.Itoa(*effortFlag), "-seed="+strconv.FormatUint(*seedFlag, 10))
	c := exec.CommandContext(t.Context(), string(b), args...)
	c.Dir = filepath.Join(repository(t), "internal/faults")
	c.Env = append(os.Environ(), mutant.Variable+"="+m.Name, "GOMAXPROCS=1")
	return c
}

// searchOne searches the build with one mutant, and fails as the search does.
func (b program) searchOne(t *testing.T, all []Mutant, name string) {
	t.Helper()
	i := slices.IndexFunc(all, func(m Mutant) bool { return m.Name == name })
	if i < 0 {
		t.Fatalf("there is no mutant %q, but there are %s", name, strings.Join(names(all), ", "))
	}
	if out, err := b.hunt(t, all[i]).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("no schedule of %d shows mutant %q", *effortFlag, name)
}

func names(all []Mutant) []string {
	var list []string
	for _, m := range all {
		list = append(list, m.Name)
	}
	return list
}

// huntAll hunts for all mutants, as many at a time as there are processors.
func (b program) huntAll(t *testing.T, all []Mutant) []result {
	t.Helper()
	results := make([]result, len(all))
	queue := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range queue {
				results[i] = b.catch(t, all[i])
				t.Log(results[i])
			}
		})
	}
	for i := range all {
		queue <- i
	}
	close(queue)
	workers.Wait()
	return results
}

// catch hunts for one mutant.
func (b program) catch(t *testing.T, m Mutant) result {
	t.Helper()
	r := result{Mutant: m}
	found := filepath.Join(t.TempDir(), "found.json")
	out, err := b.hunt(t, m, "-hunt="+found).CombinedOutput()
	data, unread := os.ReadFile(found)
	switch {
	case errors.Is(unread, fs.ErrNotExist):
		r.wrong = fmt.Sprintf("the hunt did not come to its end: %v\n%s", err, out)
		return r
	case unread != nil:
		r.wrong = unread.Error()
		return r
	}
	if err := json.Unmarshal(data, &r.Hunt); err != nil {
		r.wrong = err.Error()
	} else if len(r.Spoilt) > 0 {
		r.wrong = "something is wrong without any mutant, play " + strings.Join(r.Spoilt, " ")
	}
	return r
}

// table says for each mutant what it is, and what caught it.
func table(results []result, took time.Duration) string {
	var b strings.Builder
	caught, tried := 0, 0
	for _, r := range results {
		tried += r.Tried
		if r.Caught {
			caught++
		}
		fmt.Fprintf(&b, "%s\n    %s\n", r, r.What)
	}
	fmt.Fprintf(&b, "%d mutants, %d caught, by %d schedules in %s\n", len(results), caught, tried, took.Round(time.Second))
	return b.String()
}

// String is the mutant's row of the table.
func (r result) String() string {
	if !r.Caught {
		return fmt.Sprintf("%-26s NOT CAUGHT by %d schedules", r.Name, r.Tried)
	}
	invariant, _, _ := strings.Cut(r.Violation, ":")
	row := fmt.Sprintf("%-26s depth %d  %-20s %6d tried  -schedule=%s", r.Name, r.Depth, invariant, r.Tried, r.Schedule)
	if r.Remembered {
		row += " (kept by an earlier search)"
	}
	return row
}
