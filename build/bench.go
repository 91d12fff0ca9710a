package main

import (
	"context"
	"io"
	"os"

	"hearth/build/bench"
)

func benchCommand() command {
	return command{
		name:  "bench",
		short: "measure the hub and print each figure beside its target",
		long: `
go run ./build bench [--quick] [--only NAME,NAME…] [--readme]

Builds the page and the headless program and measures it from outside, as a process of its own. --quick measures less often;
--only leaves out the rest, and an unknown name lists them all. --readme writes the table into README.md, too.

The article's FastAPI program is measured beside the hub where it can run: apt-get install python3-fastapi uvicorn python3-redis
python3-psutil. Let nothing else run meanwhile; the whole takes 20 minutes, --quick 3.`,
		do: func(ctx context.Context, p *project, args []string) error {
			return p.withHeadless(ctx, args, bench.Main)
		},
	}
}

// withHeadless builds the headless program and runs main on it, in the project's root.
func (p *project) withHeadless(ctx context.Context, args []string, main func(context.Context, []string, io.Writer) error) error {
	headless := p.testBinary("hearth-headless")
	steps := append(p.pageSteps(), here(false).step(p, "build headless", headless))
	if err := newRunner(p).run(ctx, steps); err != nil {
		return err
	}
	if err := os.Setenv("HEARTH_BIN", headless); err != nil {
		return err
	}
	if err := os.Chdir(p.root); err != nil {
		return err
	}
	return main(ctx, args, p.out)
}
