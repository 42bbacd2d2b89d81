#pragma once

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "amqp/options.hpp"
#include "base/log.hpp"
#include "bridges/options.hpp"
#include "cluster/options.hpp"
#include "deliveries/options.hpp"
#include "engineio/options.hpp"
#include "fanout/options.hpp"
#include "gateway/options.hpp"
#include "http/options.hpp"
#include "kafka/options.hpp"
#include "kasocki/options.hpp"
#include "memory/options.hpp"
#include "routing/options.hpp"
#include "services/options.hpp"
#include "socketio/options.hpp"
#include "websocket/options.hpp"

namespace gateway::config {

/// `shutdown.*`: how the server ends.
struct ShutdownOptions {
    std::chrono::milliseconds timeout{10000};  ///< From the first signal to the end of the process.
};

/// `node.*`: which server this is.
struct NodeOptions {
    std::string id = "random";  ///< That word: another one at each start.
};

/// A broker that serves, with its name, by its kind.
using BrokerOptions = std::variant<kafka::Options, amqp::Options, memory::Options>;

/// Every module's settings. A default is a member's initial value; keys.hpp has the range and the
/// meaning of each. Some are no keys: `kafka.immediate` follows from `producer.mq_interval`,
/// `fanout.max_batch_bytes` and `max_batch_records` are `consumer.max_frame_bytes` and `mq_limit`,
/// `fanout.timeout` is `requests.timeout`, its `reader_pause` and `idle_turn` are what they are,
/// `cluster`'s `tell_interval` and `expiry` are what they are, and binary values of Socket.IO are
/// for tests.
struct Config {
    websocket::Options websocket;
    engineio::Options engineio;  ///< `socketio.*`, and so the next.
    socketio::Options socketio;
    kasocki::Options kasocki;
    http::Options http;
    services::Options services;
    cluster::Options cluster;  ///< More of `services.*`.
    SessionOptions session;    ///< `producer.*`, `consumer.*`, `requests.*`, and some of
                               ///< `websocket.*` and `services.*`.
    fanout::Options fanout;
    kafka::Options kafka;
    amqp::Options amqp;  ///< What entries of `brokers` begin with.
    memory::Options memory;
    std::vector<BrokerOptions> brokers{};  ///< At least one once it is parsed; the default first.
    bool names_brokers = false;  ///< One is configured; otherwise `brokers` is the embedded one.
    NodeOptions node;
    routing::Options routing;  ///< `routes` and `dispatcher`, and one of `websocket.*`.
    deliveries::Options deliveries;
    std::vector<bridges::Options> bridges{};  ///< `services.bridges`.
    LogOptions log;
    ShutdownOptions shutdown;

    /// Whether `kafka` names a Kafka.
    [[nodiscard]] bool uses_kafka() const { return kafka.common.contains("bootstrap.servers"); }
};

}  // namespace gateway::config
