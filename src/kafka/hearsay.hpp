#pragma once

#include "kafka/catalog.hpp"
#include "kafka/handle.hpp"

/// What one of librdkafka's handles knows of the topics: a broker that it asks by itself may not
/// have heard yet of one that was just created, and then the handle takes it as missing for some
/// minutes. These ask, and let it know; they block for some seconds at most.
namespace gateway::kafka {

/// Whether a broker knows these topics with all of these partitions, before the handle subscribes
/// to them.
[[nodiscard]] bool hears_of(rd_kafka_t* handle, const Catalog::Topics& topics);

/// The same for those that it is subscribed to: a group's member joins anew for topics and
/// partitions that were missing.
[[nodiscard]] bool hears_of_missing(rd_kafka_t* handle, const Catalog::Topics& topics);

}  // namespace gateway::kafka
