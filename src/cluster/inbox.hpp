#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>

#include "broker/broker.hpp"
#include "cluster/options.hpp"
#include "gateway/alarm.hpp"
#include "gateway/offsets.hpp"
#include "nodes/topic_reader.hpp"

namespace gateway::cluster {

/// What others send to this node. From a broker that is a log it reads the topic of the queue's
/// name, from what comes next; from others it consumes the queue, which outlives a connection. What
/// comes again is the receiver's to know. On its executor.
class Inbox final : private Consumer::Events {
public:
    struct Ears {
        std::function<void(std::string_view value)> record;
        std::function<void()> lost;   ///< Records are missing, or may be.
        std::function<void()> ready;  ///< From now on nothing is missed. Once.
    };

    /// What is passed by reference must outlive it. The topic exists.
    Inbox(asio::any_io_executor executor, Broker& broker, std::string queue, const Options& options,
          Ears ears);

private:
    void live(std::span<const Position> starts) override;
    [[nodiscard]] std::size_t records(std::span<const Record> records) override;
    void lost(const Lost&) override { ears_.lost(); }
    void revoked(std::span<const TopicPartition>) override {}
    void failed(const Error& error) override;

    void consume();

    asio::any_io_executor executor_;
    Broker& broker_;
    std::string queue_;
    const Options& options_;
    Ears ears_;
    Alarm retry_;
    std::unique_ptr<nodes::TopicReader> reader_;
    std::unique_ptr<Consumer> consumer_;
};

}  // namespace gateway::cluster
