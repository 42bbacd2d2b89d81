#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "broker/broker.hpp"
#include "kafka/catalog.hpp"
#include "kafka/handle.hpp"
#include "kafka/open_set.hpp"
#include "kafka/probe.hpp"
#include "kafka/producer_pool.hpp"

namespace gateway::kafka {

/// Creates topics.
///
/// Any thread may call; answers arrive on the caller's executor.
class TopicAdmin {
public:
    /// All must outlive the last answer, which `stop` waits for.
    TopicAdmin(rd_kafka_t* handle, Catalog& catalog, const Probe& probe, ProducerPool& producers);

    /// `done` is called once, by `timeout` at the latest, and with success only once the topics
    /// are visible: a subscribe or a send that follows finds them.
    void create(asio::any_io_executor executor, std::vector<TopicSpec> topics,
                std::chrono::milliseconds timeout, Broker::OnCreated done);

    /// Answers everyone who waits with draining. Blocks until `deadline`; the executors must run.
    void stop(std::chrono::steady_clock::time_point deadline);

private:
    class Creation;

    rd_kafka_t* handle_;
    Catalog& catalog_;
    const Probe& probe_;
    ProducerPool& producers_;
    OpenSet<Creation> creations_;
};

}  // namespace gateway::kafka
