package main

import (
	"context"
	"sync"

	"github.com/gorilla/websocket"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// backlog is how many frames may wait for one client; then the reader waits, and all with it.
const backlog = 64

// broadcast is a topic that is read once for all its listeners. Each batch is encoded and framed
// once, and every listener has a goroutine that writes.
type broadcast struct {
	client *kgo.Client

	mutex     sync.Mutex
	listeners map[*listener]struct{}
}

type listener struct {
	topic  *broadcast
	outbox *outbox
	frames chan *websocket.PreparedMessage
	gone   chan struct{}
}

// broadcastOf is the topic's, which reads from the topic's present end if it is new.
func (b *bridge) broadcastOf(topic string) (*broadcast, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if known := b.broadcasts[topic]; known != nil {
		return known, nil
	}
	ends, err := kadm.NewClient(b.producer).ListEndOffsets(context.Background(), topic)
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(b.brokers...),
		kgo.ConsumePartitions(ends.KOffsets()),
	)
	if err != nil {
		return nil, err
	}
	made := &broadcast{client: client, listeners: map[*listener]struct{}{}}
	b.broadcasts[topic] = made
	go made.run(b.codec)
	return made, nil
}

func (t *broadcast) add(to *outbox) *listener {
	l := &listener{
		topic:  t,
		outbox: to,
		frames: make(chan *websocket.PreparedMessage, backlog),
		gone:   make(chan struct{}),
	}
	t.mutex.Lock()
	t.listeners[l] = struct{}{}
	t.mutex.Unlock()
	go l.run()
	return l
}

func (l *listener) close() {
	close(l.gone)
	l.topic.mutex.Lock()
	delete(l.topic.listeners, l)
	l.topic.mutex.Unlock()
}

func (l *listener) run() {
	for {
		select {
		case frame := <-l.frames:
			l.outbox.writePrepared(frame)
		case <-l.gone:
			return
		}
	}
}

func (t *broadcast) run(c codec) {
	batch := make([]notification, 0, limit)
	for {
		fetches := t.client.PollRecords(context.Background(), limit)
		batch = batch[:0]
		id := ids.Add(uint64(fetches.NumRecords())) - uint64(fetches.NumRecords())
		for records := fetches.RecordIter(); !records.Done(); id++ {
			batch = append(batch, notification{ID: id, T: "notif", P: text(records.Next().Value)})
		}
		if len(batch) == 0 {
			continue
		}
		frame, err := c.encode(batch, nil)
		if err != nil {
			return
		}
		prepared, err := websocket.NewPreparedMessage(websocket.TextMessage, frame)
		if err != nil {
			return
		}
		t.spread(prepared)
	}
}

func (t *broadcast) spread(frame *websocket.PreparedMessage) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for l := range t.listeners {
		select {
		case l.frames <- frame:
		case <-l.gone:
		}
	}
}
