package backend

import (
	"os/user"
	"path"
	"strings"
)

// ownerName is the person at this computer as the system knows them: the full name, else the login, else "Me".
func ownerName() string {
	u, err := user.Current()
	if err != nil {
		return "Me"
	}
	full, _, _ := strings.Cut(u.Name, ",") // GECOS: name, office, phones
	if full = strings.TrimSpace(full); full != "" {
		return full
	}
	if login := path.Base(strings.ReplaceAll(u.Username, `\`, "/")); login != "" {
		return login
	}
	return "Me"
}
