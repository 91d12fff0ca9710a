package server

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// sockets asks the kernel whose a socket is. A question over a socket that is kept takes 10 µs, over a new one 40.
type sockets struct {
	mu     sync.Mutex
	kernel *nl.NetlinkSocket // guarded by mu; nil until the first question
	buf    [512]byte         // for the answer; guarded by mu
}

// own reports whether the other end of a connection on this machine is a socket of the hub's own user or of root. near is
// our end, far the other one. The answer is the kernel's for exactly these two addresses.
func (s *sockets) own(near, far netip.AddrPort) (bool, error) {
	uid, err := s.owner(far, near)
	if err != nil {
		return false, err
	}
	return uid == 0 || uid == uint32(os.Getuid()), nil
}

func (s *sockets) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kernel != nil {
		s.kernel.Close()
		s.kernel = nil
	}
}

// ask sends one question and returns the answer's payload. After an error the socket may hold a late answer: it is closed.
func (s *sockets) ask(d inetDiag) (answer []byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kernel == nil {
		if s.kernel, err = nl.Subscribe(unix.NETLINK_INET_DIAG); err != nil {
			s.kernel = nil
			return nil, err
		}
	}
	req := nl.NewNetlinkRequest(nl.SOCK_DIAG_BY_FAMILY, 0)
	req.AddData(d)
	if err = s.kernel.Send(req); err == nil {
		answer, err = s.receiveLocked(req.Seq)
	}
	if err != nil && !errors.Is(err, syscall.ENOENT) {
		s.kernel.Close()
		s.kernel = nil
	}
	return answer, err
}

// receiveLocked reads one answer. The library's own Receive has 64 KiB on its stack: each new connection's goroutine would
// grow to twice that, once, for its one question.
func (s *sockets) receiveLocked(seq uint32) ([]byte, error) {
	fd := s.kernel.GetFd()
	n, from, err := unix.Recvfrom(fd, s.buf[:], 0)
	if errors.Is(err, unix.EAGAIN) { // the kernel answers while it is asked; but should it not
		if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 1000); err != nil {
			return nil, err
		}
		n, from, err = unix.Recvfrom(fd, s.buf[:], 0)
	}
	if err != nil {
		return nil, err
	}
	if who, ok := from.(*unix.SockaddrNetlink); !ok || who.Pid != nl.PidKernel {
		return nil, errors.New("the answer is not the kernel's")
	}
	messages, err := syscall.ParseNetlinkMessage(s.buf[:n])
	switch {
	case err != nil:
		return nil, err
	case len(messages) != 1 || messages[0].Header.Seq != seq:
		return nil, errors.New("the answer is to another question")
	case messages[0].Header.Type == unix.NLMSG_ERROR && len(messages[0].Data) >= 4:
		return nil, syscall.Errno(-int32(binary.NativeEndian.Uint32(messages[0].Data)))
	case messages[0].Header.Type != nl.SOCK_DIAG_BY_FAMILY || len(messages[0].Data) < diagAnswerBytes:
		return nil, errors.New("the answer is cut off")
	}
	return bytes.Clone(messages[0].Data[:diagAnswerBytes]), nil
}

// inetDiag asks for one socket by its two addresses, seen from that socket. netlink.SocketGet would dump all sockets and
// match them by their ports alone: slow, and another user's socket could stand in.
type inetDiag struct {
	family   uint8
	from, to netip.AddrPort
}

// The layout is struct inet_diag_req_v2 and struct inet_diag_msg of linux/inet_diag.h.
const (
	diagRequestBytes = 56
	diagAnswerBytes  = 72
	diagStateAt      = 1
	diagIDAt         = 4
	diagUIDAt        = 64
	diagInodeAt      = 68
	established      = 1 // TCP_ESTABLISHED
)

func (d inetDiag) Len() int { return diagRequestBytes }

func (d inetDiag) Serialize() []byte {
	b := make([]byte, diagRequestBytes)
	b[0], b[1] = d.family, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(b[4:], 1<<established)
	copy(b[8:], d.id())
	for i := diagRequestBytes - 8; i < diagRequestBytes; i++ {
		b[i] = 0xff // no cookie: any socket with these addresses
	}
	return b
}

// id is the part of struct inet_diag_sockid that names both ends.
func (d inetDiag) id() []byte {
	b := make([]byte, 36)
	binary.BigEndian.PutUint16(b, d.from.Port())
	binary.BigEndian.PutUint16(b[2:], d.to.Port())
	copy(b[4:], d.from.Addr().AsSlice())
	copy(b[20:], d.to.Addr().AsSlice())
	return b
}

// owner returns the user id of the established socket whose own address is from and whose other end is to.
func (s *sockets) owner(from, to netip.AddrPort) (uint32, error) {
	from, to = unmap(from), unmap(to)
	d := inetDiag{family: unix.AF_INET, from: from, to: to}
	if from.Addr().Is6() {
		d.family = unix.AF_INET6
	}
	a, err := s.ask(d)
	if err != nil {
		return 0, fmt.Errorf("ask for the owner of socket %s: %w", from, err)
	}
	// A socket that its process has closed already is reported as root's, and a listening one may answer for the pair.
	inode := binary.NativeEndian.Uint32(a[diagInodeAt:])
	if a[diagStateAt] != established || inode == 0 || string(a[diagIDAt:diagIDAt+36]) != string(d.id()) {
		return 0, fmt.Errorf("socket %s is not established any more", from)
	}
	return binary.NativeEndian.Uint32(a[diagUIDAt:]), nil
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
