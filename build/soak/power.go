package soak

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// playPower runs the power cuts of backend/store in the checkout we are in, many more of them than its test has time for.
func playPower(ctx context.Context, l *lab) (string, error) {
	if _, err := l.strace(ctx, "fdatasync:delay_enter=0"); err != nil {
		return "", err
	}
	test := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout=0", "-run=PowerCut", "./backend/store")
	test.Env = append(withoutHearth(os.Environ()), fmt.Sprintf("HEARTH_POWER_CUTS=%d", l.cuts))
	if said, err := test.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, said)
	}
	return fmt.Sprintf("%d power cuts, nothing acknowledged was lost; a store without flushes did lose", l.cuts), nil
}
