// The server's listener and connections with a session that sends back what it receives, for
// WebSocket conformance suites. Prints `ready websocket=ws://127.0.0.1:PORT/` and serves until it
// is ended by a signal. An optional argument is the port.

#include "websocket/echo.hpp"

#include <cstdlib>
#include <iostream>
#include <memory>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include "websocket/listener.hpp"

int main(int argc, char** argv) {
    asio::io_context io{1};
    gateway::websocket::Options options;
    options.port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0);
    options.max_frame_bytes = 32 << 20;
    gateway::Places places{.limit = 1000};
    gateway::websocket::Listener listener(io, options, places,
                                          [](gateway::Connection& connection, const std::string&) {
                                              return std::make_shared<gateway::Echo>(connection);
                                          });
    std::cout << "ready websocket=ws://127.0.0.1:" << listener.start() << "/" << std::endl;

    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&](std::error_code, int) {
        listener.stop();
        io.stop();
    });
    io.run();
}
