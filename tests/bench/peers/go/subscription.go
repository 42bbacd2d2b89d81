package main

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// limit is how many notifications one frame holds.
const limit = 2000

// ids of notifications are counted by the process.
var ids atomic.Uint64

// subscription is a member of a consumer group whose records go to one client.
type subscription struct {
	client *kgo.Client
	cancel context.CancelFunc
	ended  chan struct{}
}

// newSubscription joins; live is called once it will receive everything that is sent from then on.
func newSubscription(b *bridge, p subscribe, to *outbox, live func()) (*subscription, error) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &subscription{cancel: cancel, ended: make(chan struct{})}
	var once sync.Once
	fix := func(ctx context.Context, starts map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
		ends, err := kadm.NewClient(s.client).ListEndOffsets(ctx, p.T...)
		if err != nil {
			return nil, err
		}
		for topic, partitions := range starts {
			for partition, offset := range partitions {
				end, known := ends.Lookup(topic, partition)
				if known && offset.EpochOffset().Offset < 0 {
					partitions[partition] = kgo.NewOffset().At(end.Offset)
				}
			}
		}
		once.Do(live)
		return starts, nil
	}
	ready := make(chan struct{})
	var err error
	s.client, err = kgo.NewClient(
		kgo.SeedBrokers(b.brokers...),
		kgo.ConsumerGroup(p.Group),
		kgo.ConsumeTopics(p.T...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()),
		kgo.AdjustFetchOffsetsFn(func(ctx context.Context, starts map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
			<-ready
			return fix(ctx, starts)
		}),
	)
	if err != nil {
		cancel()
		return nil, err
	}
	close(ready)
	go s.run(ctx, b.codec, to)
	return s, nil
}

func (s *subscription) close() {
	s.cancel()
	<-s.ended
	s.client.Close()
}

func (s *subscription) run(ctx context.Context, c codec, to *outbox) {
	defer close(s.ended)
	batch := make([]notification, 0, limit)
	var frame []byte
	for {
		fetches := s.client.PollRecords(ctx, limit)
		if ctx.Err() != nil {
			return
		}
		batch = batch[:0]
		id := ids.Add(uint64(fetches.NumRecords())) - uint64(fetches.NumRecords())
		for records := fetches.RecordIter(); !records.Done(); id++ {
			batch = append(batch, notification{ID: id, T: "notif", P: text(records.Next().Value)})
		}
		if len(batch) == 0 {
			continue
		}
		var err error
		if frame, err = c.encode(batch, frame); err != nil {
			return
		}
		to.write(frame)
	}
}
