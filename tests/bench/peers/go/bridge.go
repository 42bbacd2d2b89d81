package main

import (
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/twmb/franz-go/pkg/kgo"
)

// bridge accepts WebSocket connections; all of them share its producer.
type bridge struct {
	brokers  []string
	codec    codec
	producer *kgo.Client
	upgrader websocket.Upgrader

	mutex      sync.Mutex
	broadcasts map[string]*broadcast
}

func newBridge(brokers []string, codec codec, linger time.Duration) (*bridge, error) {
	producer, err := kgo.NewClient(
		kgo.SeedBrokers(brokers...),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerLinger(linger),
		// A full buffer blocks Produce, and with it the reading of that socket.
		kgo.MaxBufferedRecords(100_000),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
	)
	if err != nil {
		return nil, err
	}
	return &bridge{
		brokers:    brokers,
		codec:      codec,
		producer:   producer,
		broadcasts: map[string]*broadcast{},
		upgrader: websocket.Upgrader{
			ReadBufferSize:  16 << 10,
			WriteBufferSize: 4 << 10,
			WriteBufferPool: &sync.Pool{},
			CheckOrigin:     func(*http.Request) bool { return true },
		},
	}, nil
}

func (b *bridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := b.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	// The handler's stack has grown with the handshake; a goroutine of its own begins with a small one.
	go newSession(b, conn).run()
}
