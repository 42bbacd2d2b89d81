#include "kafka/assignment.hpp"

#include <string_view>

namespace gateway::kafka {

namespace {

// From whoever takes its records, so that none comes before he is told.
void take_queues_back(rd_kafka_t* handle, const rd_kafka_topic_partition_list_t* partitions) {
    for (const auto& each : each_of(partitions)) {
        const Queue queue(rd_kafka_queue_get_partition(handle, each.topic, each.partition));
        rd_kafka_queue_forward(queue.get(), nullptr);
    }
}

bool succeeds(rd_kafka_error_t* error) { return Failure(error) == nullptr; }

}  // namespace

bool is_cooperative(const rd_kafka_t* handle) {
    const char* protocol = rd_kafka_rebalance_protocol(const_cast<rd_kafka_t*>(handle));
    return protocol == std::string_view("COOPERATIVE");
}

void assign(rd_kafka_t* handle, rd_kafka_topic_partition_list_t* partitions) {
    take_queues_back(handle, partitions);
    if (is_cooperative(handle)) {
        static_cast<void>(succeeds(rd_kafka_incremental_assign(handle, partitions)));
    } else {
        rd_kafka_assign(handle, partitions);
    }
    rd_kafka_offsets_store(handle, partitions);
}

Reassigned reassign(rd_kafka_t* handle, rd_kafka_topic_partition_list_t* partitions) {
    take_queues_back(handle, partitions);
    if (!is_cooperative(handle)) {
        if (rd_kafka_assign(handle, partitions) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return Reassigned::broken;
        }
    } else if (!succeeds(rd_kafka_incremental_unassign(handle, partitions))) {
        return Reassigned::no;
    } else if (!succeeds(rd_kafka_incremental_assign(handle, partitions))) {
        return Reassigned::broken;
    }
    // To stop what it read undoes the forwarding of its queue. By the time that librdkafka's main
    // thread answers anything else, that is done.
    rd_kafka_topic_partition_list_t* answer = nullptr;
    rd_kafka_assignment(handle, &answer);
    const Partitions ignored(answer);
    return Reassigned::yes;
}

void unassign(rd_kafka_t* handle, rd_kafka_topic_partition_list_t* partitions) {
    if (is_cooperative(handle)) {
        static_cast<void>(succeeds(rd_kafka_incremental_unassign(handle, partitions)));
    } else {
        rd_kafka_assign(handle, nullptr);
    }
}

void decline(rd_kafka_t* handle) {
    const Partitions nothing(rd_kafka_topic_partition_list_new(0));
    if (is_cooperative(handle)) {
        static_cast<void>(succeeds(rd_kafka_incremental_assign(handle, nothing.get())));
    } else {
        rd_kafka_assign(handle, nullptr);
    }
}

}  // namespace gateway::kafka
