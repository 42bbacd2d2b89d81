package main

import (
	"context"
	"io"
	"strconv"

	"github.com/gorilla/websocket"
	"github.com/twmb/franz-go/pkg/kgo"
)

// session is one client.
type session struct {
	bridge       *bridge
	conn         *websocket.Conn
	outbox       outbox
	messages     []message
	largest      int // frame so far: what the next one gets room for
	subscription *subscription
	listener     *listener
}

func newSession(b *bridge, conn *websocket.Conn) *session {
	return &session{bridge: b, conn: conn, outbox: outbox{conn: conn}, largest: 512}
}

func (s *session) run() {
	defer s.close()
	for {
		_, reader, err := s.conn.NextReader()
		if err != nil {
			return
		}
		// Records keep referring to their frame until they are delivered, so it has its own memory.
		frame, err := readAll(reader, make([]byte, 0, s.largest))
		if err != nil {
			return
		}
		s.largest = roundUp(len(frame))
		s.take(frame)
	}
}

func (s *session) close() {
	if s.subscription != nil {
		s.subscription.close()
	}
	if s.listener != nil {
		s.listener.close()
	}
	s.conn.Close()
}

func (s *session) take(frame []byte) {
	var err error
	s.messages, err = s.bridge.codec.messages(frame, s.messages)
	if err != nil {
		s.fail(nil, err)
		return
	}
	records := make([]kgo.Record, len(s.messages))
	for i := range s.messages {
		m := &s.messages[i]
		switch {
		case m.T == "notif":
			s.send(m, &records[i])
		case m.T == "topic" && m.A == "subscribe":
			s.subscribe(m)
		case m.T == "topic" && m.A == "unsubscribe":
			if s.subscription != nil {
				s.subscription.close()
				s.subscription = nil
			}
			s.succeed(m, "null")
		case m.T == "health":
			s.succeed(m, `{"consumers":[]}`)
		default:
			s.fail(m.ID, errNoMessage)
		}
	}
}

func (s *session) send(m *message, record *kgo.Record) {
	var n notif
	err := s.bridge.codec.decode(m.P, &n)
	if err == nil {
		record.Value, err = s.bridge.codec.value(n.M)
	}
	if err != nil {
		s.fail(m.ID, err)
		return
	}
	record.Topic = n.T
	if n.K != nil {
		record.Key = []byte(*n.K)
	}
	id := m.ID
	ack := n.Ack
	s.bridge.producer.Produce(context.Background(), record, func(record *kgo.Record, err error) {
		if err != nil {
			s.fail(id, err)
		} else if ack {
			s.acknowledge(id, record)
		}
	})
}

func (s *session) acknowledge(refid []byte, record *kgo.Record) {
	s.outbox.reply(func(to []byte, id uint64) []byte {
		to = append(to, `{"id":`...)
		to = strconv.AppendUint(to, id, 10)
		to = append(to, `,"refid":`...)
		to = append(to, refid...)
		to = append(to, `,"t":"notif","a":"create","s":0,"p":{"topic":"`...)
		to = append(to, record.Topic...)
		to = append(to, `","partition":`...)
		to = strconv.AppendInt(to, int64(record.Partition), 10)
		to = append(to, `,"offset":`...)
		to = strconv.AppendInt(to, record.Offset, 10)
		return append(to, "}}"...)
	})
}

func (s *session) subscribe(m *message) {
	var p subscribe
	if err := s.bridge.codec.decode(m.P, &p); err != nil {
		s.fail(m.ID, err)
		return
	}
	if p.Mode == "broadcast" {
		s.listen(m, p)
		return
	}
	if s.subscription != nil {
		s.subscription.close()
	}
	request := *m
	topics := quoted(p.T)
	var err error
	s.subscription, err = newSubscription(s.bridge, p, &s.outbox, func() { s.succeed(&request, topics) })
	if err != nil {
		s.fail(m.ID, err)
	}
}

// listen takes the first topic alone, and once: what the load generator asks for.
func (s *session) listen(m *message, p subscribe) {
	topic, err := s.bridge.broadcastOf(p.T[0])
	if err != nil {
		s.fail(m.ID, err)
		return
	}
	s.listener = topic.add(&s.outbox)
	s.succeed(m, quoted(p.T))
}

func (s *session) succeed(m *message, payload string) {
	s.outbox.reply(func(to []byte, id uint64) []byte {
		to = append(to, `{"id":`...)
		to = strconv.AppendUint(to, id, 10)
		to = append(to, `,"refid":`...)
		to = append(to, m.ID...)
		to = append(to, `,"t":"`...)
		to = append(to, m.T...)
		to = append(to, `","a":"`...)
		to = append(to, m.A...)
		to = append(to, `","s":0,"p":`...)
		to = append(to, payload...)
		return append(to, '}')
	})
}

func (s *session) fail(refid []byte, err error) {
	if len(refid) == 0 {
		refid = []byte("null")
	}
	text := quoted(err.Error())
	s.outbox.reply(func(to []byte, id uint64) []byte {
		to = append(to, `{"id":`...)
		to = strconv.AppendUint(to, id, 10)
		to = append(to, `,"refid":`...)
		to = append(to, refid...)
		to = append(to, `,"s":1,"p":{"code":"internal","message":`...)
		to = append(to, text...)
		return append(to, "}}"...)
	})
}

// readAll is io.ReadAll into memory that is there already.
func readAll(reader io.Reader, into []byte) ([]byte, error) {
	for {
		if len(into) == cap(into) {
			into = append(into, 0)[:len(into)]
		}
		n, err := reader.Read(into[len(into):cap(into)])
		into = into[:len(into)+n]
		if err == io.EOF {
			return into, nil
		}
		if err != nil {
			return into, err
		}
	}
}

// roundUp leaves a little room, so that frames of about one size do not grow each time.
func roundUp(size int) int {
	return (size + size/16 + 64) &^ 63
}
