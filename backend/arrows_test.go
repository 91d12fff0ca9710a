package backend_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows says which packages of the project each package may import. A package without a row may not exist.
var arrows = map[string][]string{
	"app":                     {"backend", "backend/fault", "frontend"},
	"frontend":                {},
	"build":                   {"build/bench", "build/soak"},
	"build/bench":             {"backend/store", "backend/chat", "backend/peer", "backend/topic"}, // to fill a long room
	"build/soak":              {},
	"frontend/e2e/expired":    {"backend/store", "backend/peer", "backend/topic"}, // to put an old link into a hub's data
	"backend":                 {"backend/server", "backend/store", "backend/chat", "backend/monitor", "backend/notify", "backend/presence", "backend/peer", "backend/lan", "backend/topic", "backend/fault"},
	"backend/server":          {"backend/chat", "backend/monitor", "backend/notify", "backend/presence", "backend/peer", "backend/lan", "backend/topic", "backend/fault"},
	"backend/store":           {"backend/topic", "backend/fault"},
	"backend/chat":            {"backend/peer", "backend/topic", "backend/fault"},
	"backend/notify":          {"backend/chat", "backend/peer", "backend/topic", "backend/fault"},
	"backend/presence":        {"backend/peer", "backend/topic", "backend/fault"},
	"backend/monitor":         {"backend/topic", "backend/fault"},
	"backend/peer":            {"backend/topic", "backend/fault"},
	"backend/lan":             {"backend/peer", "backend/topic", "backend/fault"},
	"backend/topic":           {},
	"backend/topic/topictest": {"backend/topic"},
	"backend/fault":           {},
}

// soleImporters says which package alone may import a library. Bench and soak watch from outside and dial for themselves.
var soleImporters = map[string][]string{
	"github.com/wailsapp/wails/":    {"app"},
	"github.com/coder/websocket":    {"backend/server", "build/bench", "build/soak"},
	"github.com/shirou/gopsutil/":   {"backend/monitor"},
	"go.etcd.io/bbolt":              {"backend/store"},
	"gopkg.in/natefinch/lumberjack": {"backend"},
}

// stdOnly lists the packages that live on the standard library alone.
var stdOnly = []string{"backend/topic", "backend/fault"}

func TestPackagesImportOnlyAlongTheArrows(t *testing.T) {
	seen := map[string]bool{}
	for file, tree := range sources(t) {
		pkg := path.Dir(file)
		seen[pkg] = true
		allowed, known := arrows[pkg]
		if !known {
			t.Errorf("%s: package %s has no row in the arrows; sketch where it belongs first", file, pkg)
			continue
		}
		for _, spec := range tree.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			checkImport(t, file, pkg, name, allowed)
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(arrows)) {
		if !seen[pkg] {
			t.Errorf("the arrows have a row for %s, which does not exist", pkg)
		}
	}
}

func checkImport(t *testing.T, file, pkg, name string, allowed []string) {
	t.Helper()
	if inner, ok := strings.CutPrefix(name, "hearth/"); ok {
		if !slices.Contains(allowed, inner) {
			t.Errorf("%s: %s may not import %s", file, pkg, inner)
		}
		return
	}
	for library, importers := range soleImporters {
		if strings.HasPrefix(name, library) && !slices.Contains(importers, pkg) {
			t.Errorf("%s: only %v may import %s", file, importers, library)
		}
	}
	if foreign := strings.Contains(strings.Split(name, "/")[0], "."); foreign && slices.Contains(stdOnly, pkg) {
		t.Errorf("%s: %s lives on the standard library, not on %s", file, pkg, name)
	}
}

// TestOnlyTheServerServesHTTP looks for the ways to start an HTTP server.
func TestOnlyTheServerServesHTTP(t *testing.T) {
	found := false
	for file, tree := range sources(t) {
		ast.Inspect(tree, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"Server", "ListenAndServe", "ListenAndServeTLS", "Serve"}, sel.Sel.Name) {
				return true
			}
			if on, ok := sel.X.(*ast.Ident); !ok || on.Name != "http" {
				return true
			}
			found = true
			if pkg := path.Dir(file); pkg != "backend/server" && pkg != "build/bench" { // which has yardsticks to compare with
				t.Errorf("%s: http.%s outside backend/server", file, sel.Sel.Name)
			}
			return true
		})
	}
	if !found {
		t.Error("need a server somewhere for this test to mean anything")
	}
}

// sources parses every Go file that is not a test, by its path from the project's root, whatever its build tags.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	root := os.DirFS("..")
	files := map[string]*ast.File{}
	for _, top := range []string{"app", "backend", "frontend", "build"} {
		err := fs.WalkDir(root, top, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && slices.Contains([]string{"node_modules", "testdata", "dist"}, d.Name()):
				return fs.SkipDir
			case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
				return nil
			}
			tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", name), nil, 0)
			files[name] = tree
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// pageLayers are the folders of frontend/src from the top down; a file imports from its own folder and from layers
// below its own. Domains do not know each other, but every one may know peer. Tests may read what lies at the top.
var pageLayers = [][]string{
	{"."},
	{"shell"},
	{"chat", "monitor", "notify", "settings", "share"},
	{"peer"},
	{"hub", "ui"},
	{"i18n", "styles"},
}

var (
	pageSource = regexp.MustCompile(`\.(ts|svelte)$`)
	pageTest   = regexp.MustCompile(`\.test\.ts$`)
)

var pageImport = regexp.MustCompile(`(?:from|import)\s*\(?\s*['"](\.{1,2}/[^'"]+)['"]`)

func TestThePageImportsOnlyDownwards(t *testing.T) {
	const src = "../frontend/src"
	checked := 0
	err := filepath.WalkDir(src, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !pageSource.MatchString(name) || pageTest.MatchString(name) {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, m := range pageImport.FindAllStringSubmatch(string(text), -1) {
			target := filepath.Join(filepath.Dir(name), m[1])
			from, to := pageFolder(src, name), pageFolder(src, target)
			checked++
			if from != to && pageLayer(t, to) <= pageLayer(t, from) {
				t.Errorf("%s: %s may not import from %s", name, from, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 50 {
		t.Errorf("checked %d imports; need a page for this test to mean anything", checked)
	}
}

// pageFolder returns the folder right below src that holds name, or "." for the files of src itself.
func pageFolder(src, name string) string {
	rel, err := filepath.Rel(src, name)
	if err != nil || strings.HasPrefix(rel, "..") {
		return "outside " + src // golden files, for tests
	}
	if folder, _, nested := strings.Cut(filepath.ToSlash(rel), "/"); nested {
		return folder
	}
	return "."
}

func pageLayer(t *testing.T, folder string) int {
	t.Helper()
	if strings.HasPrefix(folder, "outside ") {
		return len(pageLayers)
	}
	for i, layer := range pageLayers {
		if slices.Contains(layer, folder) {
			return i
		}
	}
	t.Errorf("frontend/src/%s has no layer; sketch where it belongs first", folder)
	return len(pageLayers)
}
