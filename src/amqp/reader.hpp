#pragma once

#include <memory>
#include <span>

#include <asio/any_io_executor.hpp>

#include "amqp/consumer.hpp"
#include "amqp/reader_inbox.hpp"
#include "amqp/taps.hpp"
#include "broker/partition_reader.hpp"

namespace gateway::amqp {

/// Reads topics without a group, through the taps of its broker.
class Reader final : public PartitionReader {
public:
    /// What a reader works with.
    struct Services {
        std::shared_ptr<Connection> connection;
        std::shared_ptr<Taps> taps;
        std::shared_ptr<Census> census;
    };

    /// `events` must outlive it.
    Reader(Services services, asio::any_io_executor executor, Events& events);
    ~Reader() override;

    void add(std::span<const Position> positions) override;
    void drop(std::span<const TopicPartition> partitions) override;
    void resume() override { inbox_->resume(); }

private:
    void leave(const std::string& topic, ReaderInbox::Stay stay);

    Services services_;
    asio::any_io_executor executor_;
    std::shared_ptr<ReaderInbox> inbox_;
    ReaderInbox::Stay last_stay_ = 0;
};

}  // namespace gateway::amqp
