#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>

#include <asio/any_io_executor.hpp>

#include "broker/broker.hpp"
#include "gateway/alarm.hpp"
#include "gateway/outbox.hpp"

namespace gateway::nodes {

/// Sends to queues of other servers and of services, and to topics that all of them read.
///
/// Lives on its executor.
class Sender final : private Outbox::Owner {
public:
    /// The broker's word on one record; null: it has it.
    using OnSent = std::function<void(const Error*)>;

    /// `broker` must outlive it.
    Sender(asio::any_io_executor executor, Broker& broker);

    /// To a queue that others have declared: without one, `done` gets topic_not_found. Calls
    /// `done`, maybe from within the call, unless it is empty.
    void to_queue(std::string_view queue, std::string_view value, std::span<const Header> headers,
                  OnSent done);

    /// To a queue that is declared, durable, where it does not exist.
    void to_durable_queue(std::string_view queue, std::string_view value, OnSent done);

    /// To its first partition; without a value, a tombstone. Calls `done` as above.
    void to_topic(std::string_view topic, std::string_view key,
                  std::optional<std::string_view> value, OnSent done = {});

    /// Calls `done`, maybe from within the call, when no record is without the broker's word any
    /// more, or after this time. One call at a time.
    void flush(std::chrono::milliseconds most, std::function<void()> done);

private:
    void reported(std::span<const Producer::Report> reports) override;
    void refused(std::uint32_t token, const Error& error) override;
    void moved() override {}

    void send(OutgoingRecord record, OnSent done);
    void settle(std::uint32_t token, const Error* error);

    void flushed();

    const asio::any_io_executor executor_;
    const ProducerOptions options_;
    bool has_exchanges_;
    std::size_t unsettled_ = 0;  ///< Records without the broker's word.
    std::uint32_t last_token_ = 0;
    std::unordered_map<std::uint32_t, OnSent> waiting_;  ///< Who wants to know, by the token.
    Outbox outbox_;
    Alarm patience_;
    std::function<void()> done_;  ///< It flushes.
};

}  // namespace gateway::nodes
