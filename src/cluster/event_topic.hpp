#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "broker/broker.hpp"
#include "cluster/options.hpp"
#include "filter/outline.hpp"
#include "gateway/alarm.hpp"
#include "gateway/node.hpp"
#include "nodes/sender.hpp"
#include "nodes/topic_reader.hpp"
#include "services/event_bus.hpp"

namespace gateway::cluster {

/// Events of all nodes, in a topic that all read. On its executor, but for what EventCarrier says.
class EventTopic final : public services::EventCarrier {
public:
    struct Around {
        const asio::any_io_executor& executor;
        Broker& broker;
        nodes::Sender& sender;
        services::EventPost& events;  ///< Of the executor's thread.
        const Node& node;
        const Options& options;
        std::string topic;
    };

    /// Everything must outlive it. The topic must exist before `read`.
    explicit EventTopic(Around around);

    /// Calls `ready` once, when those of others are heard.
    void read(std::function<void()> ready);

    /// Whether others are there to hear: else events are not sent.
    void set_open(bool is_open) { is_open_ = is_open; }

    void stop();

    [[nodiscard]] std::optional<Error> refusal_of(const services::Emitted& event) const override;
    void carry(std::vector<services::Emitted> events) override;

private:
    [[nodiscard]] std::size_t max_bytes() const;
    void send(const std::string& record);
    [[nodiscard]] bool hear(std::string_view record);

    Around around_;
    Outline outline_;
    bool is_open_ = false;
    bool is_in_trouble_ = false;  ///< The broker has not taken the last ones.
    std::atomic<std::size_t> unsettled_bytes_{0};
    Alarm wait_;
    std::unique_ptr<nodes::TopicReader> reader_;
};

}  // namespace gateway::cluster
