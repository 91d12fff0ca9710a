//go:build !unix

package bench

import (
	"errors"
	"io"
)

// read receives until the link ends, and returns why.
func (l *link) read() error {
	buf := make([]byte, readBytes)
	kept := copy(buf, l.rest)
	for {
		if err := l.parse(buf[:kept]); err != nil {
			return err
		}
		kept = copy(buf, l.rest)
		n, err := l.conn.Read(buf[kept:])
		if errors.Is(err, io.EOF) {
			return errHubGone
		}
		if err != nil {
			return err
		}
		l.bytes.Add(int64(n))
		l.reads.Add(1)
		kept += n
	}
}
