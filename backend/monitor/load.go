package monitor

import "math"

const (
	// silentSeconds is how long a busy system may report no load at all before we make the load up ourselves.
	silentSeconds = 30
	// busyPercent is what counts as busy for that.
	busyPercent = 20
)

// emulation stands in for systems without load averages: Windows' counter can stay at zero for ever without an error, and so
// can a container's.
type emulation struct {
	averages [3]float64 // of busy cores, kept from the first sample on, as Linux would
	silent   int        // seconds in a row of no load while busy
}

// correct replaces the load of s by an emulated one when the system's cannot be true. It must see each sample.
func (e *emulation) correct(s *Sample) {
	busy := 0.0
	if s.CPU != nil && s.CPU.Percent != nil {
		busy = *s.CPU.Percent
		e.advance(busy / 100 * float64(len(s.CPU.PerCore)))
	}
	if s.CPULoad == nil || *s.CPULoad != [3]float64{} {
		e.silent = 0
		return
	}
	switch {
	case busy > busyPercent:
		e.silent++
	case e.silent < silentSeconds:
		e.silent = 0
	}
	if e.silent >= silentSeconds {
		s.CPULoad, s.LoadKind = roundLoad(e.averages), "emulated"
	}
}

func (e *emulation) advance(cores float64) {
	for i, minutes := range [3]float64{1, 5, 15} {
		e.averages[i] += (cores - e.averages[i]) * (1 - math.Exp(-1/(60*minutes)))
	}
}

func roundLoad(averages [3]float64) *[3]float64 {
	for i, a := range averages {
		averages[i] = round(a, 2)
	}
	return &averages
}
