package store

import "golang.org/x/sys/unix"

func readBootID() string {
	id, _ := unix.Sysctl("kern.bootsessionuuid") // "" with an error
	return id
}
