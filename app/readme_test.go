package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What README.md tells people to type is what the other tests run.
func TestReadmeQuotesTheDoors(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "doors", "*"))
	if err != nil || len(files) < 4 {
		t.Fatalf("got %v, %v; need doors for this test to mean anything", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(readme), string(text)) {
			t.Errorf("README.md does not quote %s", file)
		}
	}
}
