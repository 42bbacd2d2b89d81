package main

import (
	standard "encoding/json"
	"unsafe"

	"github.com/bytedance/sonic"
	"github.com/bytedance/sonic/encoder"
)

// codec is how JSON is read and written.
type codec struct {
	// decode reads v from data without copying strings out of it where it can: data must not
	// change afterwards.
	decode func(data []byte, v any) error
	// encode writes the batch, into the memory of the frame where it can.
	encode func(batch []notification, frame []byte) ([]byte, error)
}

// plain is the standard library, which most bridges use.
var plain = codec{
	decode: standard.Unmarshal,
	encode: func(batch []notification, _ []byte) ([]byte, error) { return standard.Marshal(batch) },
}

// tuned is the fastest library of the language.
var tuned = codec{
	decode: func(data []byte, v any) error {
		return sonic.ConfigFastest.UnmarshalFromString(text(data), v)
	},
	encode: func(batch []notification, frame []byte) ([]byte, error) {
		frame = frame[:0]
		err := encoder.EncodeInto(&frame, batch, encoder.NoEncoderNewline)
		return frame, err
	},
}

// text is the same bytes as a string, not copied.
func text(data []byte) string {
	return unsafe.String(unsafe.SliceData(data), len(data))
}

// quoted is a string or a list of strings as JSON.
func quoted(v any) string {
	data, _ := standard.Marshal(v)
	return string(data)
}
