package server

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"hearth/backend/fault"
)

// Snapshot is a copy of the store, to be read once and closed.
type Snapshot struct {
	io.ReadCloser
	Bytes int64
}

// getBackup sends a copy of the store. It has everything in it, what the other owner's doors do not show too.
func (s *Server) getBackup(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).owner(); err != nil {
		return err
	}
	if s.backup == nil {
		return fault.New(fault.Conflict, "this hub keeps nothing that could be backed up")
	}
	copied, err := s.backup(r.Context())
	if err != nil {
		return err
	}
	defer copied.Close()
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="hearth.db"`)
	h.Set("Content-Length", strconv.FormatInt(copied.Bytes, 10))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		sendPieces(w, copied)
	}
	return nil
}

// sendPieces sends all of it, as long as somebody reads. What breaks off shows by its length.
func sendPieces(w http.ResponseWriter, from io.Reader) {
	control := http.NewResponseController(w)
	for {
		control.SetWriteDeadline(time.Now().Add(StallPatience))
		if _, err := io.CopyN(w, from, backupPiece); err != nil {
			return
		}
	}
}
