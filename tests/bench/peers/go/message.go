package main

import (
	"errors"

	"github.com/bytedance/sonic"
)

// message is what a client sends. Its parts refer to the frame they were read from.
type message struct {
	ID sonic.NoCopyRawMessage `json:"id"`
	T  string                 `json:"t"`
	A  string                 `json:"a"`
	P  sonic.NoCopyRawMessage `json:"p"`
}

// notif is the payload of a send.
type notif struct {
	T   string                 `json:"t"`
	M   sonic.NoCopyRawMessage `json:"m"`
	K   *string                `json:"k"`
	Ack bool                   `json:"ack"`
}

// subscribe is the payload of a subscription.
type subscribe struct {
	T     []string `json:"t"`
	Group string   `json:"consumer_group"`
	Mode  string   `json:"mode"`
}

// notification is what a subscriber gets.
type notification struct {
	ID uint64 `json:"id"`
	T  string `json:"t"`
	P  string `json:"p"`
}

var errNoMessage = errors.New("neither an object nor an array of messages")

// messages reads a frame, which holds one message or an array of them, into the slice.
func (c codec) messages(frame []byte, into []message) ([]message, error) {
	if len(frame) == 0 {
		return nil, errNoMessage
	}
	clear(into[:cap(into)])
	if frame[0] == '[' {
		into = into[:0]
		err := c.decode(frame, &into)
		return into, err
	}
	into = append(into[:0], message{})
	return into, c.decode(frame, &into[0])
}

// value is the text of a string, and of any other JSON the JSON itself.
func (c codec) value(m sonic.NoCopyRawMessage) ([]byte, error) {
	if len(m) < 2 || m[0] != '"' {
		return m, nil
	}
	inside := m[1 : len(m)-1]
	for _, char := range inside {
		if char == '\\' {
			var text string
			err := c.decode(m, &text)
			return []byte(text), err
		}
	}
	return inside, nil
}
