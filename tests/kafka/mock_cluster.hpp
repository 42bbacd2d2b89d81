#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "kafka/handle.hpp"

namespace gateway::test {

/// librdkafka's own imitation of a cluster, for the errors that a real one does not give on demand.
/// Sends create their topics in it.
class MockCluster {
public:
    /// Kafka's numbers of requests.
    enum class Request : std::int16_t {
        produce = 0,
        fetch = 1,
        list_offsets = 2,
        offset_fetch = 9,
        init_producer_id = 22
    };

    explicit MockCluster(int brokers = 1) {
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set_log_cb(conf, nullptr);
        host_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0));
        if (!host_) throw std::runtime_error("no handle for the mock cluster");
        cluster_.reset(rd_kafka_mock_cluster_new(host_.get(), brokers));
    }

    [[nodiscard]] std::string servers() const {
        return rd_kafka_mock_cluster_bootstraps(cluster_.get());
    }

    void create(const std::string& topic, int partitions) {
        rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), partitions, 1);
    }

    /// From now on the cluster has no such topic.
    void forget(const std::string& topic) {
        rd_kafka_mock_topic_set_error(cluster_.get(), topic.c_str(),
                                      RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    }

    /// Answers the next requests of this kind with these errors, one each, after some time.
    void fail_next(Request request, std::initializer_list<rd_kafka_resp_err_t> errors,
                   std::chrono::milliseconds time = {}) {
        for (const auto error : errors) {
            rd_kafka_mock_broker_push_request_error_rtts(cluster_.get(), 1,
                                                         static_cast<std::int16_t>(request), 1,
                                                         error, static_cast<int>(time.count()));
        }
    }

    /// Takes so long for each of the next requests of this kind.
    void slow_down_next(Request request, std::size_t count, std::chrono::milliseconds time) {
        for (std::size_t i = 0; i < count; ++i) {
            fail_next(request, {RD_KAFKA_RESP_ERR_NO_ERROR}, time);
        }
    }

    /// Every answer takes so long.
    void be_far(std::chrono::milliseconds time, int broker = 1) {
        rd_kafka_mock_broker_set_rtt(cluster_.get(), broker, static_cast<int>(time.count()));
    }

    void lead(const std::string& topic, int partition, int broker) {
        rd_kafka_mock_partition_set_leader(cluster_.get(), topic.c_str(), partition, broker);
    }

    /// A broker stops answering, or answers again.
    void go_down(int broker = 1) { rd_kafka_mock_broker_set_down(cluster_.get(), broker); }
    void come_up(int broker = 1) { rd_kafka_mock_broker_set_up(cluster_.get(), broker); }

private:
    kafka::Handle host_;
    kafka::Owned<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy> cluster_;
};

}  // namespace gateway::test
