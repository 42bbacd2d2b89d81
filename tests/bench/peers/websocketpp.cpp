// websocketpp by itself, in the shape that the server uses it in: what comes in a frame at /feed is
// prepared once and given to every other connection.

#include <sys/resource.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <asio/io_context.hpp>
#include <fmt/format.h>

#include "websocket/server.hpp"

namespace {

using gateway::websocket::Server;

using Message = Server::message_ptr::element_type;

Server::message_ptr prepare(std::string payload) {
    const auto opcode = websocketpp::frame::opcode::text;
    auto message = std::make_shared<Message>(nullptr, opcode, 0);
    message->set_header(websocketpp::frame::prepare_header(
        websocketpp::frame::basic_header(opcode, payload.size(), true, false),
        websocketpp::frame::extended_header(payload.size())));
    message->get_raw_payload() = std::move(payload);
    message->set_prepared(true);
    return message;
}

void serve() {
    asio::io_context io{1};
    Server server;
    std::unordered_map<void*, Server::connection_ptr> subscribers;
    server.init_asio(&io);
    server.set_pong_timeout(0);
    server.set_tcp_post_init_handler([&](websocketpp::connection_hdl handle) {
        std::error_code ignored;
        server.get_con_from_hdl(handle)->get_raw_socket().set_option(asio::ip::tcp::no_delay(true),
                                                                     ignored);
    });
    server.set_open_handler([&](websocketpp::connection_hdl handle) {
        const auto connection = server.get_con_from_hdl(handle);
        if (connection->get_resource() == "/feed") return;
        subscribers.emplace(handle.lock().get(), connection);
    });
    server.set_close_handler(
        [&](websocketpp::connection_hdl handle) { subscribers.erase(handle.lock().get()); });
    server.set_message_handler(
        [&](websocketpp::connection_hdl, const Server::message_ptr& message) {
            const auto prepared = prepare(std::move(message->get_raw_payload()));
            for (const auto& [key, connection] : subscribers) connection->send(prepared);
        });
    server.listen(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    server.start_accept();
    std::error_code ignored;
    fmt::print("ready websocket=ws://127.0.0.1:{}/\n", server.get_local_endpoint(ignored).port());
    std::fflush(stdout);
    io.run();
}

}  // namespace

int main() {
    try {
        rlimit limit{};
        getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        serve();
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
