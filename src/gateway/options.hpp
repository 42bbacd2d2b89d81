#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "filter/filter.hpp"

namespace gateway {

/// When what was gathered leaves: at `limit` messages at once, else when the oldest has waited
/// `interval`. Without an interval nothing waits.
struct BatchRule {
    std::size_t limit = 1;
    std::optional<std::chrono::milliseconds> interval;
};

/// From a client to its broker: `producer.*`.
struct ProducerOptions {
    BatchRule batch{.limit = 20000, .interval = std::chrono::milliseconds(200)};
    std::size_t max_unacknowledged = 100000;   ///< Sends without a report; then reading pauses.
    std::size_t max_buffered_bytes = 8 << 20;  ///< Waiting for the broker; then reading pauses.
    std::size_t max_record_bytes = 1000000;    ///< Key, value and headers together.
    std::chrono::milliseconds flush_timeout{10000};  ///< For what a closed connection left behind.
};

/// From a broker to its client: `consumer.*`.
struct ConsumerOptions {
    BatchRule batch{.limit = 5000, .interval = std::chrono::milliseconds(50)};
    std::string group = "kafka-ws";           ///< Where a subscription names none.
    std::size_t max_frame_bytes = 256 << 10;  ///< A frame of notifications closes at this size.
    std::size_t max_topics = 100;             ///< Of one subscription.
    std::chrono::milliseconds join_timeout{60000};  ///< Until a subscription is live.
    std::size_t max_subscriptions = 16;             ///< Of one connection.
    std::size_t max_keys = 10000;                   ///< Of one subscription.
    Filter::Options filter;                         ///< How large a filter may be.
    std::size_t max_credit = 1000000;               ///< Notifications asked for and not sent.
    std::size_t max_unacked = 1000;  ///< Sent and not acknowledged, where the client does so.
    std::size_t max_conflated_bytes = 4 << 20;      ///< Of a slow subscription; then it pauses.
    std::chrono::milliseconds slow_timeout{10000};  ///< For a client to read, where that closes it.
};

/// What clients ask for: `requests.*`.
struct RequestOptions {
    std::size_t max_messages = 20000;          ///< In one frame.
    std::size_t max_in_flight = 1000;          ///< Of one connection, sends not counted.
    std::size_t max_topics = 100;              ///< Created by one request.
    std::chrono::milliseconds timeout{10000};  ///< For the broker's answer.
};

/// Events, changes and commands on their way to a client: some of `services.*`.
struct PushOptions {
    std::size_t max_waiting = 10000;                  ///< Frames of events, and changes, that wait.
    std::size_t max_waiting_bytes = 1 << 20;          ///< Of those.
    std::size_t max_unread_command_bytes = 16 << 20;  ///< That wait; then the client is closed.
};

/// Everything a Session is told by the configuration.
struct SessionOptions {
    ProducerOptions producer;
    ConsumerOptions consumer;
    RequestOptions requests;
    PushOptions pushes;
    std::size_t max_buffered_bytes = 256 << 10;  ///< Given to the socket and not yet written.
};

}  // namespace gateway
