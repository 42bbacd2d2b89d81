#pragma once

#include <cstdint>
#include <string>

/// What a test does to the real Kafka that KAFKA_BOOTSTRAP names, and the broker interface does not
/// offer. Each waits until it is done, and fails the test that it is not.
namespace gateway::contract {

void delete_topic(const std::string& name);

/// Deletes a partition's records before this offset.
void delete_records(const std::string& topic, std::int32_t partition, std::int64_t before);

/// Gives a topic so many partitions in all.
void add_partitions(const std::string& topic, std::size_t partitions);

}  // namespace gateway::contract
