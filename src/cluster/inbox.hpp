#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>

#include "broker/broker.hpp"
#include "cluster/options.hpp"
#include "cluster/topic_reader.hpp"
#include "gateway/alarm.hpp"
#include "gateway/offsets.hpp"

namespace gateway::cluster {

/// What others send to this node. From a broker that is a log it reads the topic of the queue's
/// name, from what comes next; from others it consumes the queue, which outlives a connection. What
/// comes again is the receiver's to know. On its executor.
class Inbox final : private Consumer::Events {
public:
    using OnRecord = std::function<void(std::string_view value)>;

    /// What is passed by reference must outlive it. The topic exists. Calls `ready` once, when
    /// nothing is missed any more.
    Inbox(asio::any_io_executor executor, Broker& broker, std::string queue, const Options& options,
          OnRecord on_record, std::function<void()> ready);

private:
    void live(std::span<const Position> starts) override;
    [[nodiscard]] std::size_t records(std::span<const Record> records) override;
    void lost(const Lost&) override {}
    void revoked(std::span<const TopicPartition>) override {}
    void failed(const Error& error) override;

    void consume();

    asio::any_io_executor executor_;
    Broker& broker_;
    std::string queue_;
    const Options& options_;
    OnRecord on_record_;
    std::function<void()> ready_;
    Alarm retry_;
    std::unique_ptr<TopicReader> reader_;
    std::unique_ptr<Consumer> consumer_;
};

}  // namespace gateway::cluster
