#pragma once

#include <memory>
#include <span>
#include <utility>

#include "broker/partition_reader.hpp"
#include "kafka/reading.hpp"

namespace gateway::kafka {

/// A reader, as its owner has it: what it reads with goes on until librdkafka lets go of it.
class PartitionReader final : public gateway::PartitionReader {
public:
    explicit PartitionReader(std::shared_ptr<Reading> reading) : reading_(std::move(reading)) {}
    ~PartitionReader() override { reading_->close(); }

    PartitionReader(const PartitionReader&) = delete;
    PartitionReader& operator=(const PartitionReader&) = delete;

    void add(std::span<const Position> positions) override { reading_->add(positions); }
    void drop(std::span<const TopicPartition> partitions) override { reading_->drop(partitions); }
    void resume() override { reading_->resume(); }

private:
    std::shared_ptr<Reading> reading_;
};

}  // namespace gateway::kafka
