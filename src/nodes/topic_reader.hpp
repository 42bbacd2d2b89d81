#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include <asio/any_io_executor.hpp>

#include "broker/broker.hpp"
#include "gateway/alarm.hpp"

namespace gateway::nodes {

/// Reads a topic, which exists, for as long as it lives: what fails is tried again. On its
/// executor.
class TopicReader final : private PartitionReader::Events {
public:
    struct Ears {
        /// False where there is no room: it comes again after `resume`.
        std::function<bool(const Record&)> record;

        /// Records are missing. May be empty.
        std::function<void()> lost{};

        /// From now on nothing is missed that is sent, and what `start` began with has come. Once.
        /// May be empty.
        std::function<void()> ready{};
    };

    /// `broker` must outlive it. `name` is of the settings, as the log has it.
    TopicReader(asio::any_io_executor executor, Broker& broker, std::string name, std::string topic,
                Start start, Ears ears);

    void resume();

private:
    [[nodiscard]] std::size_t records(std::span<const Record> records) override;
    void reached_end(const Position& position) override;
    void lost(const Lost& lost) override;
    void ended(const TopicPartition& partition, const Error& error) override;

    void locate();
    void located(const std::vector<Located>& located);
    void locate_later(const Error& error);
    void tell_ready();

    asio::any_io_executor executor_;
    Broker& broker_;
    std::string name_;
    std::string topic_;
    Start start_;
    Ears ears_;
    Alarm retry_;
    std::int64_t snapshot_end_ = 0;
    bool has_read_ = false;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
    std::unique_ptr<PartitionReader> reader_;
};

}  // namespace gateway::nodes
