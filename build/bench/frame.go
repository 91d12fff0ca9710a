package bench

import "encoding/binary"

// Opcodes of WebSocket frames that a hub sends us (RFC 6455, section 5.2).
const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// maskBytes are the four bytes of a client's mask. Ours are zero, which leaves the payload as it is.
const maskBytes = 4

// appendFrame appends a client's frame.
func appendFrame(buf []byte, op byte, payload []byte) []byte {
	const final, masked = 0x80, 0x80
	buf = append(buf, final|op)
	switch n := len(payload); {
	case n < 126:
		buf = append(buf, masked|byte(n))
	case n < 1<<16:
		buf = binary.BigEndian.AppendUint16(append(buf, masked|126), uint16(n))
	default:
		buf = binary.BigEndian.AppendUint64(append(buf, masked|127), uint64(n))
	}
	buf = append(buf, make([]byte, maskBytes)...)
	return append(buf, payload...)
}

// entryHead is the length of the header of a hub's frame of 126 to 65,535 bytes, as every entry is.
const entryHead = 4

// frameEntry fills in the header that frame begins with.
func frameEntry(frame []byte) []byte {
	const final = 0x80
	frame[0], frame[1] = final|opText, 126
	binary.BigEndian.PutUint16(frame[2:], uint16(len(frame)-entryHead))
	return frame
}

// nextFrame splits the first frame off what a hub has sent, and reports false when it is not all there. Hubs do not mask
// and do not fragment.
func nextFrame(b []byte) (op byte, payload, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, b, false
	}
	size, head := uint64(b[1]), 2
	switch size {
	case 126:
		if len(b) < 4 {
			return 0, nil, b, false
		}
		size, head = uint64(binary.BigEndian.Uint16(b[2:])), 4
	case 127:
		if len(b) < 10 {
			return 0, nil, b, false
		}
		size, head = binary.BigEndian.Uint64(b[2:]), 10
	}
	if uint64(len(b)-head) < size {
		return 0, nil, b, false
	}
	end := head + int(size)
	return b[0] & 0x0f, b[head:end], b[end:], true
}

// number reads the digits that b begins with.
func number(b []byte) (n uint64) {
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + uint64(c-'0')
	}
	return n
}
