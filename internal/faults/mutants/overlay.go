package mutants

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// switchPackage is what an edited file imports.
const switchPackage = "github.com/rolewarden/rolewarden/internal/faults/mutants/mutant"

// Apply returns the files that the mutants change, as they are with all of them in, by their paths from the root. read
// returns a file as it is.
func Apply(all []Mutant, read func(path string) (string, error)) (map[string]string, error) {
	before, after := map[string]string{}, map[string]string{}
	for _, m := range all {
		for _, e := range m.Edits {
			if _, known := before[e.File]; !known {
				text, err := read(e.File)
				if err != nil {
					return nil, fmt.Errorf("mutant %q: %w", m.Name, err)
				}
				before[e.File], after[e.File] = text, text
			}
			if err := e.fits(before[e.File]); err != nil {
				return nil, fmt.Errorf("mutant %q: %w", m.Name, err)
			}
			if err := e.fits(after[e.File]); err != nil {
				return nil, fmt.Errorf("mutant %q, after those above it: %w", m.Name, err)
			}
			after[e.File] = e.apply(after[e.File])
		}
	}
	for file, text := range after {
		after[file] = importing(text)
	}
	return after, nil
}

// fits makes sure that there is one place for the edit.
func (e Edit) fits(text string) error {
	if n := e.places(text); n != 1 {
		return fmt.Errorf("%s has %d places that read\n%sand not one: bring the edit up to date", e.File, n, e.Old)
	}
	return nil
}

// places counts where the old lines are, those places that overlap included.
func (e Edit) places(text string) int {
	n := 0
	for text = "\n" + text; ; n++ {
		at := strings.Index(text, "\n"+e.Old)
		if at < 0 {
			return n
		}
		text = text[at+1:]
	}
}

func (e Edit) apply(text string) string {
	return strings.Replace("\n"+text, "\n"+e.Old, "\n"+e.New, 1)[1:]
}

// importing adds the import of the switch, as a declaration of its own, so that the others stay as they are.
func importing(text string) string {
	at := strings.Index("\n"+text, "\npackage ")
	end := at + strings.Index(text[at:], "\n")
	return text[:end] + fmt.Sprintf("\n\nimport %q", switchPackage) + text[end:]
}

// WriteOverlay writes the changed files of the repository at root below dir, and returns the path of what go build wants
// to be given as -overlay.
func WriteOverlay(root, dir string, all []Mutant) (string, error) {
	files, err := Apply(all, func(path string) (string, error) {
		text, err := os.ReadFile(filepath.Join(root, path))
		return string(text), err
	})
	if err != nil {
		return "", err
	}
	instead := map[string]string{}
	for file, text := range files {
		copied := filepath.Join(dir, strings.ReplaceAll(file, "/", "-"))
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			return "", err
		}
		instead[filepath.Join(root, file)] = copied
	}
	data, err := json.Marshal(map[string]any{"Replace": instead})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, data, 0o600)
}
