package bench

import (
	"context"
	_ "embed"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// rival is a program that fans messages out: the hub, or a yardstick beside it. All of them get the same messages from the
// same members, and the same readers read them.
type rival struct {
	name    string
	start   func(ctx context.Context, b *bench) (*process, error)
	posters func(b *bench) int // members who write in turn; 0 = the first reader writes
	members bool               // they join first
	posts   door
}

var (
	theHub = &rival{name: "hub", start: startLiftedHub, posters: func(b *bench) int { return b.members },
		members: true, posts: modern}
	floor = &rival{name: "one write(2) each", start: startYardstick("write"), posters: fewPosters, posts: modern}
	plain = &rival{name: "one conn.Write each", start: startYardstick("conn"), posters: fewPosters, posts: modern}
	seed  = &rival{name: "FastAPI + uvicorn", start: startFastAPI, posters: func(*bench) int { return 0 }, posts: classic}
)

// contender is a rival whose readers come by one of its doors.
type contender struct {
	*rival
	name  string
	reads door
}

// contenders are all that are compared, the hub's doors first.
var contenders = []contender{
	{theHub, "hub", modern},
	{theHub, "hub, /chat/{room}", classic},
	{floor, "one write(2) each", modern},
	{plain, "one conn.Write each", modern},
	{seed, "FastAPI + uvicorn", classic},
}

// fewPosters is enough where nobody counts how often one writes.
func fewPosters(b *bench) int { return min(b.members, maxInFlight) }

// lifted are limits that would end a measurement and cost nothing: what counts them still counts.
var lifted = []string{"connections=8000", "per_peer=64", "peer_rate=1000000", "script_rate=1000000"}

func startLiftedHub(ctx context.Context, b *bench) (*process, error) {
	return startHub(ctx, b, launch{limits: lifted})
}

// startYardstick runs this program once more, as one of the yardsticks.
func startYardstick(kind string) func(context.Context, *bench) (*process, error) {
	return func(ctx context.Context, b *bench) (*process, error) {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		addr, err := freeAddress()
		if err != nil {
			return nil, err
		}
		return b.run(ctx, &process{addr: addr, cmd: exec.Command(self, yardstickArg, kind, addr), health: "/healthz"})
	}
}

// errAbsent says that a yardstick is not on this computer, which is no failure.
var errAbsent = errors.New("not installed (Debian: python3-fastapi uvicorn python3-redis python3-psutil)")

// fastAPI is the article's program.
//
//go:embed testdata/fastapi_app.py
var fastAPI []byte

// startFastAPI runs the article's program as its author does, with one worker.
func startFastAPI(ctx context.Context, b *bench) (*process, error) {
	if exec.Command("uvicorn", "--version").Run() != nil {
		return nil, errAbsent
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "hearth-bench-fastapi-")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, "fastapi_app.py"), fastAPI, 0o600); err != nil {
		return nil, err
	}
	host, port, _ := strings.Cut(addr, ":")
	cmd := exec.Command("uvicorn", "fastapi_app:app", "--ws", "websockets", "--host", host, "--port", port)
	cmd.Dir = folder
	p, err := b.run(ctx, &process{addr: addr, cmd: withDescriptors(cmd), data: folder, health: "/openapi.json"})
	if err != nil && strings.Contains(err.Error(), "ModuleNotFoundError") {
		return nil, errAbsent
	}
	return p, err
}

// Where the contenders stand that figures speak of.
const (
	hubAt = iota
	classicAt
	floorAt
)
