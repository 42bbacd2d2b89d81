// A bridge between WebSocket clients and Kafka in Go: franz-go and gorilla/websocket. It speaks the
// part of the protocol that the load generator uses, and is what the server is compared with: plain,
// with the standard library's JSON as most would write it, or tuned as far as a day's work goes.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

func main() {
	brokers := flag.String("brokers", "127.0.0.1:9092", "Kafka's addresses, separated by commas")
	port := flag.Int("port", 0, "to listen on at 127.0.0.1; 0 is any free one")
	linger := flag.Duration("linger", 5*time.Millisecond, "how long a batch of sends may fill")
	fast := flag.Bool("tuned", false, "the fastest JSON library, and a lazier garbage collector")
	flag.Parse()

	codec := plain
	if *fast {
		codec = tuned
		// The heap is small and short-lived: collecting four times less often costs little memory.
		debug.SetGCPercent(400)
	}
	bridge, err := newBridge(strings.Split(*brokers, ","), codec, *linger)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ready websocket=ws://%s/\n", listener.Addr())
	log.Fatal(http.Serve(listener, bridge))
}
