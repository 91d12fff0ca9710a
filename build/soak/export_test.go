package soak

import "context"

// LeftOut is why a story cannot be played here.
type LeftOut = leftOut

var short = amount{cycles: 20, fillings: 2, flushes: []int{1, 12}, entries: 150, stride: 2, clients: 1000, connects: 1500}

// PlayShort plays one story with so little of everything that a test can wait for it. It draws the same every time.
func PlayShort(ctx context.Context, name, program string) (note string, err error) {
	chosen, err := choose(name)
	if err != nil {
		return "", err
	}
	return chosen[0].inLab(ctx, program, short, 1)
}
