package backend

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// portHolder returns the program that listens on the port of address, like `python3 (process 4711)`, or "" when it
// belongs to somebody else and the kernel does not tell.
func portHolder(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		if inode := listenerInode(table, port); inode != "" {
			return socketOwner("socket:[" + inode + "]")
		}
	}
	return ""
}

// listenerInode finds the listening socket with that local port in a table of proc(5).
func listenerInode(table, port string) string {
	number, err := strconv.Atoi(port)
	if err != nil {
		return ""
	}
	f, err := os.Open(table)
	if err != nil {
		return ""
	}
	defer f.Close()
	suffix := fmt.Sprintf(":%04X", number)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode
		field := strings.Fields(lines.Text())
		if len(field) > 9 && field[3] == "0A" && strings.HasSuffix(field[1], suffix) {
			return field[9]
		}
	}
	return ""
}

func socketOwner(socket string) string {
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return ""
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err != nil || target != socket {
			continue
		}
		pid := strings.Split(link, "/")[2]
		name, err := os.ReadFile("/proc/" + pid + "/comm")
		if err != nil {
			return ""
		}
		return fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(name)), pid)
	}
	return ""
}
