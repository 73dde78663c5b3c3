package mutants

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// root of the repository.
const root = "../../.."

// atLeast is how many mutants there have to be.
const atLeast = 30

// TestCompile holds that every edit still has its place, and that what comes of all of them compiles.
func TestCompile(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < atLeast {
		t.Errorf("There are %d mutants, and should be %d at least", len(all), atLeast)
	}
	overlay, err := WriteOverlay(repository(t), t.TempDir(), all)
	if err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay="+overlay, "./controllers/...")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func repository(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNotShipped holds that nothing outside of internal/faults imports anything in it.
func TestNotShipped(t *testing.T) {
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (path == filepath.Join(root, "internal/faults") || path == filepath.Join(root, "bin")):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imported := range file.Imports {
			if name, _ := strconv.Unquote(imported.Path.Value); strings.Contains(name, "/internal/faults") {
				t.Errorf("%s imports %s", path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestParse(t *testing.T) {
	const text = `# A remark.

= one
? It does it.
! What is bad.
@ a.go
 before
-old
+if mutant.Is("one") {

@ b.go
 func() {
+	mutant.Is("one")

# Another.
= two
? It does it, too.
! What is worse.
~ flow:1.fault
~ flow:2.fault
@ a.go
-x
+mutant.Is("two")
`
	got, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	want := []Mutant{
		{Name: "one", What: "It does it.", For: "What is bad.", Edits: []Edit{
			{File: "a.go", Old: "before\nold\n", New: "before\nif mutant.Is(\"one\") {\n"},
			{File: "b.go", Old: "func() {\n", New: "func() {\n\tmutant.Is(\"one\")\n"},
		}},
		{Name: "two", What: "It does it, too.", For: "What is worse.", Edits: []Edit{{File: "a.go", Old: "x\n", New: "mutant.Is(\"two\")\n"}},
			Kept: []string{"flow:1.fault", "flow:2.fault"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parse (-want +got):\n%s", diff)
	}
	if err := check(got); err != nil {
		t.Error(err)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]string{
		"no name":            "? It does it.\n",
		"no edit":            "= one\n-old\n",
		"after an empty one": "= one\n@ a.go\n-old\n\n+new\n",
		"no such line":       "= one\n@ a.go\n*old\n",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := parse(text); err == nil {
				t.Errorf("parse made %v of it", got)
			}
		})
	}
}

func TestCheckRefuses(t *testing.T) {
	whole := func() Mutant {
		return Mutant{Name: "one", What: "w", For: "f", Edits: []Edit{{File: "a.go", Old: "x\n", New: "mutant.Is(\"one\")\n"}}}
	}
	tests := map[string]func(*Mutant){
		"no name":        func(m *Mutant) { m.Name = "" },
		"no sentence":    func(m *Mutant) { m.What = "" },
		"for nothing":    func(m *Mutant) { m.For = "" },
		"no edit":        func(m *Mutant) { m.Edits = nil },
		"no place":       func(m *Mutant) { m.Edits[0].Old = "" },
		"always on":      func(m *Mutant) { m.Edits[0].New = "y\n" },
		"another's":      func(m *Mutant) { m.Edits[0].New = "mutant.Is(\"two\")\n" },
		"no change":      func(m *Mutant) { m.Edits[0].Old = m.Edits[0].New },
		"name not alone": func(m *Mutant) { m.Name = "other" },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			m := whole()
			spoil(&m)
			other := whole()
			other.Name, other.Edits[0].New = "other", "mutant.Is(\"other\")\n"
			if err := check([]Mutant{m, other}); err == nil {
				t.Error("check let it pass")
			}
		})
	}
}

func TestApply(t *testing.T) {
	const file = "// Package a is a.\npackage a\n\nimport \"fmt\"\n\nfunc f() {\n\tone()\n\ttwo()\n}\n"
	edit := func(before, after string) []Mutant {
		return []Mutant{{Name: "m", Edits: []Edit{{"a.go", before, after}}}}
	}
	tests := map[string]struct {
		mutants []Mutant
		want    string // none: an error
	}{
		"one place":     {edit("\tone()\n", "\t1\n"), "func f() {\n\t1\n\ttwo()\n}\n"},
		"first line":    {edit("// Package a is a.\n", "// B\n"), "func f() {\n\tone()\n\ttwo()\n}\n"},
		"no place":      {mutants: edit("\tthree()\n", "\t3\n")},
		"part of lines": {mutants: edit("one()\n", "\t1\n")},
		"two places":    {mutants: edit("\n", "\n\n")},
		"one after the other": {append(edit("\tone()\n", "\tone()\n\t1\n"), edit("\tone()\n", "\t0\n\tone()\n")...),
			"func f() {\n\t0\n\tone()\n\t1\n\ttwo()\n}\n"},
		"gone by the first":    {mutants: append(edit("\tone()\n", "\t1\n"), edit("\tone()\n", "\t2\n")...)},
		"made by the first":    {mutants: append(edit("\tone()\n", "\tnew()\n"), edit("\tnew()\n", "\t2\n")...)},
		"doubled by the first": {mutants: append(edit("\tone()\n", "\ttwo()\n"), edit("\ttwo()\n", "\t2\n")...)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Apply(test.mutants, func(string) (string, error) { return file, nil })
			switch {
			case test.want == "" && err == nil:
				t.Errorf("Apply made %q of it", got)
			case test.want == "":
			case err != nil:
				t.Error(err)
			case !strings.HasSuffix(got["a.go"], test.want) || !strings.Contains(got["a.go"], "package a\n\nimport \""+switchPackage+"\"\n\nimport \"fmt\"\n"):
				t.Errorf("Apply made %q, want the import and %q", got["a.go"], test.want)
			}
		})
	}
}
