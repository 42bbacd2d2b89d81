// The server's listener and connections with a session that sends back what it receives, for
// WebSocket conformance suites. Prints `ready websocket=ws://127.0.0.1:PORT/` and serves until it
// is ended by a signal. An optional argument is the port.

#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include "websocket/listener.hpp"

namespace {

using gateway::Connection;

/// Sends back every message. Reads no more while much of it is not yet written.
class Echo final : public Connection::Events {
public:
    explicit Echo(Connection& connection) : connection_(connection) {}

    void received_text(std::string_view text) override {
        connection_.send_text(std::string(text));
        sent();
    }
    void received_binary(std::string_view bytes) override {
        connection_.send_binary(std::string(bytes));
        sent();
    }
    void written(std::size_t frames) override {
        under_way_ -= frames;
        if (under_way_ < max_under_way) connection_.resume_reading();
    }
    void closed() override {}

private:
    static constexpr std::size_t max_under_way = 16;

    void sent() {
        if (++under_way_ >= max_under_way) connection_.pause_reading();
    }

    Connection& connection_;
    std::size_t under_way_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    asio::io_context io{1};
    gateway::websocket::Options options;
    options.port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0);
    options.max_frame_bytes = 32 << 20;
    gateway::websocket::Admission admission{.limit = 1000};
    gateway::websocket::Listener listener(io, options, admission, [](Connection& connection) {
        return std::make_shared<Echo>(connection);
    });
    std::cout << "ready websocket=ws://127.0.0.1:" << listener.start() << "/" << std::endl;

    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&](std::error_code, int) {
        listener.stop();
        io.stop();
    });
    io.run();
}
