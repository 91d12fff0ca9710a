package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// httpServer returns what reads requests. Its limits on bodies and answers are set where they are read and written.
func (s *Server) httpServer() *http.Server {
	return &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerPatience,
		IdleTimeout:       idlePatience,
		MaxHeaderBytes:    maxHeaderBytes - netHTTPSlack,
		ConnContext:       withConnection,
		ConnState:         s.arrivals.changed,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// netHTTPSlack is how much more than MaxHeaderBytes net/http reads.
const netHTTPSlack = 4096

// Serve answers what comes in on l until Close, or until ctx ends: then it closes the server itself, with closeGrace and a
// second more for everything. It closes l. After Close it serves nothing and returns nil.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	web := s.httpServer()
	if !s.addWeb(web) {
		return l.Close()
	}
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeGrace+time.Second)
		defer cancel()
		s.Close(ctx)
	})
	err := web.Serve(l)
	if !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	<-s.closed // ErrServerClosed comes when Close has only begun
	stop()
	return nil
}

func (s *Server) addWeb(web *http.Server) bool {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.live.isClosing() {
		return false
	}
	s.webs = append(s.webs, web)
	return true
}

// Close says goodbye to all sessions at once, closes what is deaf after closeGrace, and waits for everything that this
// package started. Requests under way are finished, unless ctx ends. Further calls wait for the first.
func (s *Server) Close(ctx context.Context) error {
	s.closing.Lock()
	webs := s.webs
	s.webs = nil
	first := !s.live.isClosing()
	s.live.close()
	s.closing.Unlock()
	if !first {
		select {
		case <-s.closed:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	defer close(s.closed)
	deaf := time.AfterFunc(closeGrace, s.live.drop)
	defer deaf.Stop()
	defer context.AfterFunc(ctx, s.live.drop)()
	var errs []error
	for _, web := range webs {
		errs = append(errs, shutDown(ctx, web))
	}
	s.live.all.Wait()
	s.drains.all.Wait()
	s.sockets.close()
	return errors.Join(errs...)
}

// shutDown lets requests under way finish, and cuts them off when ctx ends.
func shutDown(ctx context.Context, web *http.Server) error {
	err := web.Shutdown(ctx)
	if err != nil {
		web.Close()
	}
	return err
}
