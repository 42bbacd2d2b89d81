#pragma once

// The shape that websocketpp is used in. Internal to websocket/.

#include <websocketpp/concurrency/none.hpp>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/logger/stub.hpp>
#include <websocketpp/server.hpp>

namespace gateway::websocket {

/// One endpoint a thread: no locks, no logs of its own.
struct ServerConfig : websocketpp::config::asio {
    using concurrency_type = websocketpp::concurrency::none;
    using alog_type = websocketpp::log::stub;
    using elog_type = websocketpp::log::stub;
    using request_type = websocketpp::config::asio::request_type;
    using response_type = websocketpp::config::asio::response_type;
    using rng_type = websocketpp::config::asio::rng_type;

    struct transport_config : websocketpp::config::asio::transport_config {
        using concurrency_type = ServerConfig::concurrency_type;
        using alog_type = ServerConfig::alog_type;
        using elog_type = ServerConfig::elog_type;
        using request_type = ServerConfig::request_type;
        using response_type = ServerConfig::response_type;
        using socket_type = websocketpp::transport::asio::basic_socket::endpoint;
    };
    using transport_type = websocketpp::transport::asio::endpoint<transport_config>;

    // What the read buffer of a busy connection grows to; see subprojects/websocketpp-overlay.
    static const std::size_t connection_read_buffer_size = 16384;
};

using Server = websocketpp::server<ServerConfig>;

}  // namespace gateway::websocket
