package docs

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is where the repository begins, and spec where there is a page for each kind.
const (
	root = "../.."
	spec = root + "/docs/spec/v1alpha1"
)

// kinds are the kinds, each with the plural that its CRD is named by.
func kinds() map[string]string {
	return map[string]string{
		"RoleAssignment": "roleassignments", "RoleEligibility": "roleeligibilities", "Group": "groups",
		"GroupMembership": "groupmemberships", "RoleDefinition": "roledefinitions", "Tenant": "tenants",
	}
}

// read returns a page's text.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// pageOf returns the page of a kind.
func pageOf(t *testing.T, kind string) string {
	t.Helper()
	return read(t, filepath.Join(spec, strings.ToLower(kind)+".md"))
}

// pages lists all pages of the documentation.
func pages(t *testing.T) []string {
	t.Helper()
	paths := []string{root + "/README.md"}
	for _, pattern := range []string{"*.md", "*/*.md", "*/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, "docs", pattern))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	return paths
}

// section returns what stands under a heading, up to the next of its level.
func section(page, heading string) string {
	_, rest, found := strings.Cut(page, "\n## "+heading+"\n")
	if !found {
		return ""
	}
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}

// rows returns the cells of the tables in a text, without their headings.
func rows(text string) [][]string {
	var all [][]string
	inTable := false
	for line := range strings.Lines(text) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "|---"):
			inTable = true
		case !strings.HasPrefix(line, "|"):
			inTable = false
		case inTable:
			var cells []string
			for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
				cells = append(cells, strings.TrimSpace(cell))
			}
			all = append(all, cells)
		}
	}
	return all
}

// quoted returns what a text has between backticks.
func quoted(text string) []string {
	var all []string
	for _, match := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(text, -1) {
		all = append(all, match[1])
	}
	return all
}

// TestSections: whoever knows one page knows where to look in all of them.
func TestSections(t *testing.T) {
	want := []string{"Example", "Writing a spec", "Working with it", "Debugging", "Conditions and reasons"}
	for kind := range kinds() {
		page := pageOf(t, kind)
		for _, heading := range want {
			if strings.TrimSpace(section(page, heading)) == "" {
				t.Errorf("the page of %s has nothing under %q", kind, heading)
			}
		}
	}
}

// TestLinks: what a page links to in the repository is there.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, path := range pages(t) {
		page := read(t, path)
		for _, match := range link.FindAllStringSubmatch(page, -1) {
			checkLink(t, path, page, match[1])
		}
	}
}

func checkLink(t *testing.T, path, page, link string) {
	t.Helper()
	if strings.Contains(link, "://") {
		return
	}
	file, anchor, _ := strings.Cut(link, "#")
	target := filepath.Join(filepath.Dir(path), file)
	if file != "" {
		if _, err := os.Stat(target); err != nil {
			t.Errorf("%s links to %s, which is not there", path, link)
			return
		}
	}
	if anchor == "" || (file != "" && filepath.Ext(file) != ".md") {
		return
	}
	if file != "" {
		page = read(t, target)
	}
	if !slices.Contains(anchors(page), anchor) {
		t.Errorf("%s links to %s, and there is no such heading", path, cmp.Or(link, path))
	}
}

// anchors are what GitHub makes of the headings.
func anchors(page string) []string {
	var all []string
	for _, match := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		anchor := strings.ToLower(regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(match[1], ""))
		all = append(all, strings.ReplaceAll(anchor, " ", "-"))
	}
	return all
}
