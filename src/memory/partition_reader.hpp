#pragma once

#include <memory>

#include <asio/any_io_executor.hpp>

#include "broker/partition_reader.hpp"
#include "memory/readers.hpp"
#include "memory/thread.hpp"

namespace gateway::memory {

/// A reader without a group. Each partition added gets a turn, a number that comes back with what
/// is read: so what was under way before it was dropped, or added again, is told apart.
class PartitionReader final : public gateway::PartitionReader {
public:
    PartitionReader(std::shared_ptr<Thread> thread, asio::any_io_executor executor, Readers::Id id,
                    Events& events);
    ~PartitionReader() override;

    void add(std::span<const Position> positions) override;
    void drop(std::span<const TopicPartition> partitions) override;
    void resume() override;

private:
    class Inbox;

    std::shared_ptr<Thread> thread_;
    Readers::Id id_;
    std::shared_ptr<Inbox> inbox_;
};

}  // namespace gateway::memory
