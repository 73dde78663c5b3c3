package mutants

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Mutant is a mistake that can be switched on.
type Mutant struct {
	Name string
	// What says in a sentence what the controller does then.
	What string
	// For is what of the failure modes it stands for.
	For   string
	Edits []Edit
	// Kept are schedules that an earlier search caught it by. They are tried first.
	Kept []string
}

// Edit is a change of a production file: whole lines.
type Edit struct {
	// File is the path from the root of the repository.
	File string
	// Old is there exactly once; New takes its place.
	Old, New string
}

//go:embed table/*.txt
var tables embed.FS

// All lists every mutant.
func All() ([]Mutant, error) {
	names, err := fs.Glob(tables, "table/*.txt")
	if err != nil {
		return nil, err
	}
	var all []Mutant
	for _, name := range names {
		text, err := fs.ReadFile(tables, name)
		if err != nil {
			return nil, err
		}
		some, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s:%w", name, err)
		}
		all = append(all, some...)
	}
	return all, check(all)
}

// parse reads a table. Each line begins with a letter that says what it is:
//
//	= the name of a mutant    ? what it does    ! what it stands for    ~ what caught it    @ the file to edit
//
// and, after the latter, as in a patch, a blank for a line that stays, - for one that goes, + for one that comes, with
// the line following at once. An empty line ends an edit, # begins a remark.
func parse(text string) ([]Mutant, error) {
	var all []Mutant
	var edit *Edit
	number := 0
	for line := range strings.Lines(text) {
		number++
		if line == "\n" || line[0] == '#' {
			edit = nil
			continue
		}
		if line[0] == '=' {
			all, edit = append(all, Mutant{Name: strings.TrimSpace(line[1:])}), nil
			continue
		}
		if len(all) == 0 {
			return nil, fmt.Errorf("%d: the first line has to name a mutant", number)
		}
		var err error
		if edit, err = all[len(all)-1].add(line, edit); err != nil {
			return nil, fmt.Errorf("%d: %w", number, err)
		}
	}
	return all, nil
}

// add takes a line of the table, and returns the edit that the next line may belong to.
func (m *Mutant) add(line string, edit *Edit) (*Edit, error) {
	rest := strings.TrimSpace(line[1:])
	switch line[0] {
	case '?':
		m.What = rest
		return nil, nil
	case '!':
		m.For = rest
		return nil, nil
	case '~':
		m.Kept = append(m.Kept, rest)
		return nil, nil
	case '@':
		m.Edits = append(m.Edits, Edit{File: rest})
		return &m.Edits[len(m.Edits)-1], nil
	}
	if edit == nil {
		return nil, errors.New("this line belongs to no edit: begin one with @ and the file")
	}
	switch line[0] {
	case ' ':
		edit.Old, edit.New = edit.Old+line[1:], edit.New+line[1:]
	case '-':
		edit.Old += line[1:]
	case '+':
		edit.New += line[1:]
	default:
		return nil, errors.New("an edit's line begins with a blank, - or +")
	}
	return edit, nil
}

// check makes sure that no mutant is incomplete, is there twice, or is on when it is not switched on.
func check(all []Mutant) error {
	seen := map[string]bool{}
	for _, m := range all {
		switch {
		case m.Name == "" || seen[m.Name]:
			return fmt.Errorf("mutant %q: give it a name of its own", m.Name)
		case m.What == "" || m.For == "":
			return fmt.Errorf("mutant %q: say what it does (?) and what it stands for (!)", m.Name)
		case len(m.Edits) == 0:
			return fmt.Errorf("mutant %q: it changes nothing", m.Name)
		}
		seen[m.Name] = true
		for _, e := range m.Edits {
			if e.Old == "" || e.Old == e.New || !strings.Contains(e.New, fmt.Sprintf("mutant.Is(%q)", m.Name)) {
				return fmt.Errorf("mutant %q: an edit of %s says not where, or not what, or does not ask whether it is switched on", m.Name, e.File)
			}
		}
	}
	return nil
}
