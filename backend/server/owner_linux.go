package server

import (
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

// sockets asks the kernel whose a socket is. Asking takes 12 µs over a socket that is kept, 40 over a new one.
type sockets struct {
	mu     sync.Mutex
	kernel *nl.NetlinkSocket // guarded by mu; nil until the first question
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

// ask sends one question. After an error that is not the kernel's answer the socket may hold a late one: it is closed.
func (s *sockets) ask(d inetDiag) ([][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kernel == nil {
		kernel, err := nl.Subscribe(unix.NETLINK_INET_DIAG)
		if err != nil {
			return nil, err
		}
		kernel.SetSendTimeout(&unix.Timeval{Sec: 1})
		kernel.SetReceiveTimeout(&unix.Timeval{Sec: 1})
		s.kernel = kernel
	}
	req := nl.NewNetlinkRequest(nl.SOCK_DIAG_BY_FAMILY, 0)
	req.Sockets = map[int]*nl.SocketHandle{unix.NETLINK_INET_DIAG: {Socket: s.kernel, Seq: req.Seq}}
	req.AddData(d)
	answers, err := req.Execute(unix.NETLINK_INET_DIAG, nl.SOCK_DIAG_BY_FAMILY)
	if err != nil && !errors.Is(err, syscall.ENOENT) {
		s.kernel.Close()
		s.kernel = nil
	}
	return answers, err
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
	answers, err := s.ask(d)
	if err != nil {
		return 0, fmt.Errorf("ask for the owner of socket %s: %w", from, err)
	}
	if len(answers) != 1 || len(answers[0]) < diagAnswerBytes {
		return 0, fmt.Errorf("ask for the owner of socket %s: unexpected answer", from)
	}
	a := answers[0]
	// A socket that its process has closed already is reported as root's, and a listening one may answer for the pair.
	inode := binary.NativeEndian.Uint32(a[diagInodeAt:])
	if a[diagStateAt] != established || inode == 0 || string(a[diagIDAt:diagIDAt+36]) != string(d.id()) {
		return 0, fmt.Errorf("socket %s is not established any more", from)
	}
	return binary.NativeEndian.Uint32(a[diagUIDAt:]), nil
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
