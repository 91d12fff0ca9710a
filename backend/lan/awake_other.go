//go:build !linux && !darwin && !windows

package lan

import (
	"errors"

	"hearth/backend/fault"
)

// KeepAwake cannot keep this system awake.
func KeepAwake(string) (release func(), how string, err error) {
	return nil, "", fault.Wrap(errors.ErrUnsupported, fault.Unavailable, "the hub does not know how to keep this kind of system awake")
}
