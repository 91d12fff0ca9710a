package server

import (
	"encoding/binary"
	"math"
)

// Opcodes of WebSocket frames (RFC 6455, section 5.2). Every frame of ours is a whole message and not masked.
const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

const (
	finalBit        = 0x80 // of the first byte: no fragment follows
	maskedBit       = 0x80 // of the second byte: a mask follows, as with all that clients send
	maskBytes       = 4
	maxControlBytes = 125 // of payload in a control frame
)

// closeCode is the code of a WebSocket close frame.
type closeCode uint16

const (
	closeGoingAway   closeCode = 1001
	closeProtocol    closeCode = 1002
	closeBinary      closeCode = 1003
	closeBadText     closeCode = 1007
	closePolicy      closeCode = 1008
	closeTooBig      closeCode = 1009
	closeInternal    closeCode = 1011
	closeUnknownPeer closeCode = 4001 // not authenticated
	closeRevoked     closeCode = 4003
)

// appendHeader appends the header of a frame with size bytes of payload.
func appendHeader(buf []byte, op byte, size int) []byte {
	switch {
	case size < 126:
		return append(buf, finalBit|op, byte(size))
	case size <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(buf, finalBit|op, 126), uint16(size))
	default:
		return binary.BigEndian.AppendUint64(append(buf, finalBit|op, 127), uint64(size))
	}
}

// appendText appends a text frame whose payload is prefix and body.
func appendText(buf []byte, prefix string, body []byte) []byte {
	buf = appendHeader(buf, opText, len(prefix)+len(body))
	buf = append(buf, prefix...)
	return append(buf, body...)
}

func appendPong(buf, payload []byte) []byte {
	return append(appendHeader(buf, opPong, len(payload)), payload...)
}

func appendClose(buf []byte, code closeCode, reason string) []byte {
	reason = reason[:min(len(reason), maxControlBytes-2)] // reasons are our own and ASCII
	buf = appendHeader(buf, opClose, 2+len(reason))
	buf = binary.BigEndian.AppendUint16(buf, uint16(code))
	return append(buf, reason...)
}
