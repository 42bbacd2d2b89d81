#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <librdkafka/rdkafka.h>

/// librdkafka's objects, each owned by what ends it. A queue and a topic must end before the
/// handle they belong to; ending a handle blocks, so it is done by Workers.
namespace gateway::kafka {

template <auto end>
struct Ends {
    template <typename T>
    void operator()(T* object) const {
        end(object);
    }
};

template <typename T, auto end>
using Owned = std::unique_ptr<T, Ends<end>>;

using Handle = Owned<rd_kafka_t, rd_kafka_destroy>;
using Conf = Owned<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using Topic = Owned<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using Headers = Owned<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using Message = Owned<rd_kafka_message_t, rd_kafka_message_destroy>;
using Partitions = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using Metadata = Owned<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using Failure = Owned<rd_kafka_error_t, rd_kafka_error_destroy>;
using NewTopic = Owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using AdminOptions = Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;

[[nodiscard]] inline std::span<rd_kafka_topic_partition_t> each_of(
    const rd_kafka_topic_partition_list_t* list) {
    return {list->elems, static_cast<std::size_t>(list->cnt)};
}

[[nodiscard]] inline std::span<rd_kafka_topic_partition_t> each_of(const Partitions& list) {
    return each_of(list.get());
}

}  // namespace gateway::kafka
