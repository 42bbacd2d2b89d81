package main

import (
	"sync"

	"github.com/gorilla/websocket"
)

// outbox gathers replies while the last ones are being written: whatever has come by then leaves
// in one frame.
type outbox struct {
	conn *websocket.Conn

	mutex   sync.Mutex
	waiting []byte // replies, each followed by a comma, after an opening bracket
	count   int
	id      uint64
	writing bool

	socket sync.Mutex // held while a frame is written
}

// reply adds one; build appends its members after the id.
func (o *outbox) reply(build func(to []byte, id uint64) []byte) {
	o.mutex.Lock()
	if len(o.waiting) == 0 {
		o.waiting = append(o.waiting, '[')
	}
	o.waiting = build(o.waiting, o.id)
	o.waiting = append(o.waiting, ',')
	o.id++
	o.count++
	start := !o.writing
	o.writing = true
	o.mutex.Unlock()
	if start {
		go o.drain()
	}
}

func (o *outbox) drain() {
	var spare []byte
	for {
		o.mutex.Lock()
		frame, count := o.waiting, o.count
		if count == 0 {
			o.writing = false
			o.mutex.Unlock()
			return
		}
		o.waiting, o.count = spare[:0], 0
		o.mutex.Unlock()

		if count == 1 {
			o.write(frame[1 : len(frame)-1])
		} else {
			frame[len(frame)-1] = ']'
			o.write(frame)
		}
		spare = frame
	}
}

// writePrepared sends a frame that others get, too.
func (o *outbox) writePrepared(frame *websocket.PreparedMessage) {
	o.socket.Lock()
	defer o.socket.Unlock()
	_ = o.conn.WritePreparedMessage(frame)
}

// write sends one frame at once.
func (o *outbox) write(frame []byte) {
	o.socket.Lock()
	defer o.socket.Unlock()
	// A broken socket ends the session's reading, too.
	_ = o.conn.WriteMessage(websocket.TextMessage, frame)
}
