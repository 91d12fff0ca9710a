package server

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

var (
	errShut      = errors.New("nothing may be written after a close frame or a cut write")
	errWireBytes = errors.New("a message takes more bytes on the wire than it may")
)

// wire is the connection beneath one WebSocket. The library reads from it and writes its control frames to it; the session
// writes its own frames past the library. Both hold one lock for each whole write, so frames never tear each other.
type wire struct {
	net.Conn
	in    *bufio.Reader // the library's, over this wire; owned by the reader
	early []byte        // what came with the handshake; owned by the reader

	most   int  // bytes of a message; set once
	within bool // a message has begun and not ended; owned by the reader
	got    int  // bytes of it read; owned by the reader
	timed  bool // its deadline is set; owned by the reader
	fixed  bool // its deadline is not ours to set; owned by the reader

	writing sync.Mutex      // held for each whole write
	shut    bool            // guarded by writing; nothing may follow
	cut     []byte          // guarded by writing; the rest of what was tried: it goes before all else
	late    bool            // guarded by writing; a write deadline is set, and may have passed
	raw     syscall.RawConn // to write without waiting; nil = cannot; set once

	mu      sync.Mutex
	reading time.Time // deadline of the reader, zero = none; guarded by mu
	last    time.Time // no deadline of the reader lies after it, zero = none; guarded by mu
}

// await waits for the beginning of a message, and hands pings and pongs that come before it to control. The library could do
// both, but it waits with a third more of stack in use: too much for the runtime to shrink the stack of an idle reader
// from 8 KiB to 4. It still gets every frame that is not quite a ping or a pong.
func (w *wire) await(control func(op byte, payload []byte)) error {
	for {
		head, err := w.in.Peek(2)
		if err != nil {
			return err
		}
		op, size := head[0]&^finalBit, int(head[1]&^maskedBit)
		if head[0]&finalBit == 0 || op != opPing && op != opPong || head[1]&maskedBit == 0 || size > maxControlBytes {
			return nil
		}
		frame, err := w.in.Peek(2 + maskBytes + size)
		if err != nil {
			return err
		}
		control(op, unmasked(frame[2:]))
		w.in.Discard(len(frame))
	}
}

// unmasked returns in place the payload that follows its mask.
func unmasked(frame []byte) []byte {
	mask, payload := frame[:maskBytes], frame[maskBytes:]
	for i := range payload {
		payload[i] ^= mask[i%maskBytes]
	}
	return payload
}

// begin starts to count a message: its bytes, and its time unless that is fixed already.
func (w *wire) begin(fixed bool) { w.within, w.got, w.timed, w.fixed = true, 0, false, fixed }

// done ends the count of a message.
func (w *wire) done() {
	w.within = false
	if w.timed {
		w.readBy(time.Time{})
	}
}

// Read is called by the library, from the reader's goroutine.
func (w *wire) Read(p []byte) (int, error) {
	if len(w.early) > 0 {
		n := copy(p, w.early)
		w.early = w.early[n:]
		return n, nil
	}
	if w.within && !w.timed && !w.fixed { // the rest of a message is still to come
		w.timed = true
		w.readBy(time.Now().Add(messagePatience))
	}
	n, err := w.Conn.Read(p)
	if w.within {
		if w.got += n; w.got-frameBytes > w.most {
			return n, errWireBytes
		}
	}
	return n, err
}

// readBy sets the reader's deadline; zero is none.
func (w *wire) readBy(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reading = t
	w.setReadLocked()
}

// finishBy sets the time after which nothing is read, whatever readBy says.
func (w *wire) finishBy(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = t
	w.setReadLocked()
}

func (w *wire) setReadLocked() {
	t := w.reading
	if !w.last.IsZero() && (t.IsZero() || w.last.Before(t)) {
		t = w.last
	}
	w.Conn.SetReadDeadline(t)
}

// SetReadDeadline hides the connection's own, which readBy and finishBy share.
func (w *wire) SetReadDeadline(time.Time) error { return os.ErrInvalid }

// Write is called by the library with one whole control frame. Nothing follows a close frame, of either of us.
func (w *wire) Write(frame []byte) (int, error) {
	if err := w.send(frame, frame[0]&0x0f == opClose); err != nil {
		return 0, err
	}
	return len(frame), nil
}

// newWire returns the wire on a connection that was taken over together with what it had read already.
func newWire(conn net.Conn, early []byte, most int) *wire {
	w := &wire{Conn: conn, early: early, most: most}
	w.in = bufio.NewReaderSize(w, readBufferBytes)
	if c, ok := conn.(syscall.Conn); ok && writesNow {
		w.raw, _ = c.SyscallConn() // without it every write may wait
	}
	return w
}

// tryLocked writes whole frames as far as goes without waiting, and reports whether that was all. The rest is left for the
// next send. The caller holds writing.
func (w *wire) tryLocked(p *pen, frames []byte, last bool) (all bool, err error) {
	if w.shut {
		return false, errShut
	}
	w.shut = last
	if w.late { // a deadline that has passed would fail even what need not wait
		w.Conn.SetWriteDeadline(time.Time{})
		w.late = false
	}
	n, err := p.write(w.raw, frames)
	if err != nil {
		w.shut = true
		return false, err
	}
	if n < len(frames) {
		w.cut = slices.Clone(frames[n:])
	}
	return n == len(frames), nil
}

// send writes whole frames, after the rest of those that were tried. Each piece has StallPatience. After an error, or
// after what was sent as the last, nothing more is written.
func (w *wire) send(frames []byte, last bool) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	rest := w.cut
	w.cut = nil
	if err := w.writeLocked(rest); err != nil || len(frames) == 0 {
		return err
	}
	if w.shut {
		return errShut
	}
	w.shut = last
	return w.writeLocked(frames)
}

func (w *wire) writeLocked(p []byte) error {
	w.late = w.late || len(p) > 0
	for len(p) > 0 {
		piece := p[:min(len(p), pieceBytes)]
		w.Conn.SetWriteDeadline(time.Now().Add(StallPatience))
		if _, err := w.Conn.Write(piece); err != nil {
			w.shut = true
			return err
		}
		p = p[len(piece):]
	}
	return nil
}

// drop closes the connection without a word and frees what the system still holds for the other side.
func (w *wire) drop() {
	if tcp, ok := beneath(w.Conn).(interface{ SetLinger(sec int) error }); ok {
		tcp.SetLinger(0)
	}
	w.Close()
}

// beneath returns the TCP connection that carries conn.
func beneath(conn net.Conn) net.Conn {
	if secure, ok := conn.(*tls.Conn); ok {
		return secure.NetConn()
	}
	return conn
}
