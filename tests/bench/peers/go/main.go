// A plain bridge between WebSocket clients and Kafka in Go: franz-go, gorilla/websocket and sonic,
// the fastest JSON library of the language. It speaks the part of the protocol that the load
// generator uses, and is what the server is compared with.
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
	flag.Parse()

	// The heap is small and short-lived: collecting four times less often costs little memory.
	debug.SetGCPercent(400)

	bridge, err := newBridge(strings.Split(*brokers, ","), *linger)
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
