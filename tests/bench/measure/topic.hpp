#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <librdkafka/rdkafka.h>

namespace bench {

struct Destroy {
    void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
    void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
};

template <typename T>
using Owned = std::unique_ptr<T, Destroy>;

/// librdkafka's, by its names.
using Properties = std::map<std::string, std::string>;

/// `properties`, and those of `defaults` that are not among them.
[[nodiscard]] inline Properties with(Properties properties, Properties defaults) {
    properties.merge(defaults);
    return properties;
}

/// Throws std::runtime_error if a property is refused. Delivery reports come as events.
[[nodiscard]] Owned<rd_kafka_t> open_handle(rd_kafka_type_t type, const Properties& properties);

/// A topic with one partition, looked at from the broker's side. Every call blocks until the broker
/// answers and throws std::runtime_error if it refuses.
class Topic {
public:
    Topic(const std::string& brokers, std::string name);

    /// Makes it, anew and empty.
    void create();
    void remove();

    /// How many records were ever written to it.
    [[nodiscard]] std::int64_t end_offset();

    /// A member of `group` that comes now starts at the beginning.
    void rewind(const std::string& group);

    [[nodiscard]] const std::string& name() const { return name_; }

private:
    std::string brokers_;
    std::string name_;
    Owned<rd_kafka_t> handle_;
};

/// A topic that exists as long as this does.
class TemporaryTopic : public Topic {
public:
    TemporaryTopic(const std::string& brokers, const std::string& purpose);
    ~TemporaryTopic();
    TemporaryTopic(const TemporaryTopic&) = delete;
    TemporaryTopic& operator=(const TemporaryTopic&) = delete;
};

}  // namespace bench
