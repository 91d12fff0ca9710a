//go:build windows || darwin

package monitor

import (
	"context"

	"github.com/shirou/gopsutil/v3/mem"
	"github.com/shirou/gopsutil/v3/process"
)

const interruptsApart = false // Windows counts them in the system's time as well, macOS only there

func (*system) Swap(ctx context.Context) (Swap, error) {
	s, err := mem.SwapMemoryWithContext(ctx)
	if err != nil {
		return Swap{}, err
	}
	return Swap{Total: s.Total, Used: s.Used}, nil
}

func (*system) Processes(ctx context.Context) (int, error) {
	pids, err := process.PidsWithContext(ctx)
	return len(pids), err
}
