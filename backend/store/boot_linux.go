package store

import (
	"os"
	"strings"
)

func readBootID() string {
	b, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // which may be hidden
	return strings.TrimSpace(string(b))
}
