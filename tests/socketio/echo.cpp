// The server's listener with Engine.IO at /engine.io/ and Socket.IO at /socket.io/, for clients and
// for the protocols' conformance suites, which ask for these intervals and these events:
//
// * Engine.IO sends back every message.
// * Socket.IO, at the namespaces / and /custom, emits "auth" with what the client said of itself;
//   answers "message" with "message-back" and "message-with-ack" with an ack, both of the same
//   arguments. Of ours: "repeat" [n, value] emits "repeated" n times; "leave" disconnects the
//   client from the namespace, and "cut" closes its connection.
//
// Prints `ready socketio=http://127.0.0.1:PORT/` and serves until it is ended by a signal.
// Arguments, each optional: the port, the number of threads, and the ping interval and timeout in
// milliseconds.

#include "websocket/echo.hpp"

#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>

#include "engineio/server.hpp"
#include "socketio/session.hpp"
#include "websocket/listener.hpp"

namespace {

using namespace gateway;
using socketio::Peer;

/// Reads no more while much is not yet written.
class Answers final : public Peer::Events {
public:
    Answers(Peer& peer, std::string_view auth) : peer_(peer), auth_(auth) {}

    void connected() override {
        peer_.emit("auth", auth_);
        sent();
    }

    void received(const socketio::Event& event) override {
        std::string arguments;
        for (const std::string_view argument : event.arguments) {
            if (!arguments.empty()) arguments += ',';
            arguments += argument;
        }
        if (event.name == "message") {
            peer_.emit("message-back", arguments, event.attachments);
            sent();
        } else if (event.name == "message-with-ack" && event.ack) {
            peer_.acknowledge(*event.ack, arguments, event.attachments);
            sent();
        } else if (event.name == "repeat" && event.arguments.size() == 2) {
            repeat(std::atoi(std::string(event.arguments[0]).c_str()), event.arguments[1]);
        } else if (event.name == "leave") {
            peer_.disconnect();
        } else if (event.name == "cut") {
            peer_.close(CloseCode::going_away);
        }
    }

    void written(std::size_t count) override {
        under_way_ -= count;
        if (under_way_ < max_under_way) peer_.resume_reading();
    }

    void disconnected() override {}

private:
    static constexpr std::size_t max_under_way = 16;

    void repeat(int count, std::string_view value) {
        for (; count > 0; --count) {
            peer_.emit("repeated", value);
            sent();
        }
    }

    void sent() {
        if (++under_way_ >= max_under_way) peer_.pause_reading();
    }

    Peer& peer_;
    std::string auth_;
    std::size_t under_way_ = 0;
};

std::shared_ptr<Peer::Events> accept_peer(Peer& peer, const Peer::Request& request) {
    if (request.name_space != "/" && request.name_space != "/custom") return nullptr;
    return std::make_shared<Answers>(peer, request.auth);
}

/// What all threads refer to.
struct Common {
    websocket::Options websocket{};
    Places places{.limit = 1000};
    engineio::Options engine{};
    socketio::Options socketio{.max_attachments = 10};
    engineio::Servers engines{};
    engineio::Servers sockets{};
};

struct Thread {
    explicit Thread(Common& common)
        : shard{.executor = io.get_executor(), .options = common.socketio, .accept = accept_peer},
          engine(io.get_executor(), common.engine, common.engines,
                 [](Connection& connection, engineio::Dialect) {
                     return std::make_shared<Echo>(connection);
                 }),
          sockets(io.get_executor(), common.engine, common.sockets,
                  [this](Connection& connection, engineio::Dialect dialect) {
                      return std::make_shared<socketio::Session>(shard, connection, dialect);
                  }),
          listener(io, common.websocket, common.places,
                   [](Connection& connection, const std::string&) {
                       return std::make_shared<Echo>(connection);
                   }) {
        listener.serve("/engine.io/", engine);
        listener.serve("/socket.io/", sockets);
    }

    void stop() {
        engine.stop();
        sockets.stop();
        listener.stop();
        io.stop();
    }

    asio::io_context io{1};
    socketio::Shard shard;
    engineio::Server engine;
    engineio::Server sockets;
    websocket::Listener listener;
};

}  // namespace

int main(int argc, char** argv) {
    const auto argument = [&](int number, int otherwise) {
        return number < argc ? std::atoi(argv[number]) : otherwise;
    };
    Common common;
    common.websocket.port = static_cast<std::uint16_t>(argument(1, 0));
    common.engine.ping_interval = std::chrono::milliseconds(argument(3, 300));
    common.engine.ping_timeout = std::chrono::milliseconds(argument(4, 200));
    common.socketio.connect_timeout =
        2 * (common.engine.ping_interval + common.engine.ping_timeout);
    std::vector<std::unique_ptr<Thread>> threads;
    for (int i = argument(2, 2); i > 0; --i) {
        threads.push_back(std::make_unique<Thread>(common));
    }
    const std::uint16_t port = threads.front()->listener.start();
    for (std::size_t i = 1; i < threads.size(); ++i) threads[i]->listener.share(port);
    std::vector<std::thread> running;
    for (const auto& thread : threads) {
        running.emplace_back([&io = thread->io] { io.run(); });
    }

    asio::io_context io{1};
    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([](std::error_code, int) {});
    std::cout << "ready socketio=http://127.0.0.1:" << port << "/" << std::endl;
    io.run();
    for (const auto& thread : threads) asio::post(thread->io, [&] { thread->stop(); });
    for (auto& thread : running) thread.join();
}
