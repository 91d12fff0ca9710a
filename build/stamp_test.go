package main

import (
	"os"
	"path/filepath"
	"testing"
)

// tree writes files, named by their slash paths, below a new folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		put(t, root, name, content)
	}
	return root
}

func put(t *testing.T, root, name, content string) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func digestOf(t *testing.T, root string) string {
	t.Helper()
	sum, err := digest(root, []string{"src", "package.json", "gone.json"}, []string{"node_modules"})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestDigestFollowsWhatMatters(t *testing.T) {
	files := map[string]string{"src/a.ts": "a", "src/deep/b.ts": "b", "package.json": "{}"}
	root := tree(t, files)
	before := digestOf(t, root)
	if digestOf(t, tree(t, files)) != before {
		t.Error("the same files elsewhere have another digest")
	}
	changes := map[string]func(root string){
		"a changed file": func(root string) { put(t, root, "src/a.ts", "A") },
		"a new file":     func(root string) { put(t, root, "src/c.ts", "") },
		"a moved byte":   func(root string) { put(t, root, "src/a.ts", ""); put(t, root, "src/deep/b.ts", "ab") },
		"a renamed file": func(root string) {
			if err := os.Rename(filepath.Join(root, "src", "a.ts"), filepath.Join(root, "src", "z.ts")); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, change := range changes {
		changed := tree(t, files)
		change(changed)
		if digestOf(t, changed) == before {
			t.Errorf("%s keeps the digest", name)
		}
	}
	put(t, root, "src/node_modules/x.js", "x")
	put(t, root, "unasked.txt", "x")
	if digestOf(t, root) != before {
		t.Error("files that do not matter change the digest")
	}
}

func TestPageIsBuiltAnewWhenSourcesOrOutputChange(t *testing.T) {
	p := &project{root: tree(t, map[string]string{
		"frontend/src/main.ts": "1", "frontend/e2e/chat.spec.ts": "1", "frontend/dist/index.html": "<p>",
	})}
	stamp := func() string {
		t.Helper()
		s, err := p.pageStamp()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	file := p.path("build", "bin", "page.stamp")
	if stampHolds(file, stamp()) {
		t.Fatal("a stamp that was never written holds")
	}
	if err := writeStamp(file, stamp()); err != nil {
		t.Fatal(err)
	}
	put(t, p.root, "frontend/e2e/chat.spec.ts", "2")
	if !stampHolds(file, stamp()) {
		t.Error("a changed end-to-end test builds the page anew")
	}
	put(t, p.root, "frontend/dist/index.html", "<p>by hand")
	if stampHolds(file, stamp()) {
		t.Error("a dist changed by hand is kept")
	}
	put(t, p.root, "frontend/dist/index.html", "<p>")
	put(t, p.root, "frontend/src/main.ts", "2")
	if stampHolds(file, stamp()) {
		t.Error("a changed source does not build the page")
	}
}
