#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gateway::amqp {

/// A node of the broker.
struct Host {
    std::string name = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: 5672, or 5671 with TLS.

    friend bool operator==(const Host&, const Host&) = default;
};

/// One AMQP 0-9-1 broker, such as RabbitMQ.
struct Options {
    struct Tls {
        bool enabled = false;
        std::string ca{};    ///< File of the authorities trusted; empty: the system's.
        std::string cert{};  ///< File of the certificate shown, with its chain; empty: none.
        std::string key{};   ///< File of its private key.
        bool verify = true;  ///< The broker's certificate, and that it has the host's DNS name.
    };

    std::string name = "amqp";    ///< How clients and `/health` call this broker.
    std::vector<Host> hosts{{}};  ///< Tried in turn. At least one.
    std::string user = "guest";
    std::string password = "guest";
    std::string vhost = "/";
    Tls tls{};

    std::chrono::seconds heartbeat{10};  ///< From 1 on: a silent broker is lost after two.
    std::chrono::milliseconds connect_timeout{5000};  ///< For a connection to stand, TLS included.
    std::chrono::milliseconds min_backoff{100};       ///< Before the next try; then it doubles.
    std::chrono::milliseconds max_backoff{10000};

    bool auto_create = false;  ///< A send or a subscription creates its topic.

    /// Unacknowledged messages of one consumer, at least 1. More than a frame has by
    /// `consumer.mq_limit`, or each would wait for `mq_interval`.
    std::uint16_t prefetch = 10000;
    std::size_t max_prefetch_bytes = 8 << 20;  ///< About; see amqp/prefetch_window.hpp.

    std::size_t max_unconfirmed = 20000;          ///< Messages of one producer; then queue_full.
    std::size_t max_unconfirmed_bytes = 4 << 20;  ///< Of one producer; then queue_full.
    std::size_t max_total_bytes = 256 << 20;  ///< Unconfirmed of all producers; then queue_full.
    std::size_t max_record_bytes = 1000000;   ///< Key, value and headers.
    std::chrono::milliseconds delivery_timeout{120000};  ///< Then a send is delivery_failed.

    std::size_t max_consumers = 10000;  ///< Above it, consumers are refused: limit_reached.
};

}  // namespace gateway::amqp
