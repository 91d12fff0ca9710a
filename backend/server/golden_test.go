package server_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// golden returns the line of a golden file.
func golden(t testing.TB, shape string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "wire", shape+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(data), "\n")
}
