package soak

import "context"

// LeftOut is why a story cannot be played here.
type LeftOut = leftOut

var short = amount{
	cycles: 20, fillings: 2, entries: 150, stride: 2, clients: 1000, connects: 1500,
	faults: append(failing("fdatasync", 1, 12), failing("pwrite64", 1, 20)...),
}

// PlayShort plays one story with so little of everything that a test can wait for it. It draws the same every time.
func PlayShort(ctx context.Context, name, program string) (note string, err error) {
	chosen, err := choose(name)
	if err != nil {
		return "", err
	}
	return chosen[0].inLab(ctx, program, short, 1)
}

// NoStrace is the LeftOut of stories that need strace where it is not installed.
const NoStrace = LeftOut(noStrace)

// AuditOf audits the hub at url, which has promised messages by an author as entries 1, 2 and so on of the room lobby, and
// has not answered for one more.
func AuditOf(ctx context.Context, url, author string, promised []string, open string) error {
	l := newLedger()
	by := &member{id: author}
	for i, id := range append(promised, open) {
		m := &message{room: "lobby", id: id, text: "this is " + id, by: by}
		l.try(m)
		if id != open {
			l.answered(m, uint64(i+1))
		}
	}
	return newAudit(l).run(ctx, &hub{url: url}, by)
}

// PromiseTwice lets a hub acknowledge two messages as the same entry.
func PromiseTwice() error {
	l := newLedger()
	for _, id := range []string{"m1", "m2"} {
		m := &message{room: "lobby", id: id}
		l.try(m)
		l.answered(m, 1)
	}
	return l.trouble()
}
