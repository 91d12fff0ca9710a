//go:build !linux && !darwin && !windows

package lan

import "errors"

// KeepAwake cannot keep this system awake.
func KeepAwake(string) (release func(), how string, err error) {
	return nil, "", errors.ErrUnsupported
}
