#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include "broker/contract.hpp"

namespace gateway::contract {

/// Runs `io` on this thread until `is_done()`. False if that takes longer than `patience`.
template <typename Condition>
[[nodiscard]] bool run_until(asio::io_context& io, Condition is_done) {
    const auto guard = asio::make_work_guard(io);
    const auto deadline = std::chrono::steady_clock::now() + patience();
    while (!is_done()) {
        if (std::chrono::steady_clock::now() >= deadline) return false;
        io.restart();
        // Not until the deadline: what a broker counts may change without an event.
        io.run_one_for(std::chrono::milliseconds(2));
    }
    return true;
}

/// Where one case plays: a started broker, and the io_context of the only thread. Senders and
/// members on it must end before it.
class Stage {
public:
    explicit Stage(const Setup& setup = {});

    /// A stage on a broker, and with an io_context, that others own. The io_context must outlive
    /// the broker's `stop`: the broker's thread may be in `post` still when the answer has come.
    Stage(Broker& broker, asio::io_context& io) : io_(io), broker_(broker) {}

    ~Stage();

    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    [[nodiscard]] asio::io_context& io() { return io_; }
    [[nodiscard]] Broker& broker() { return broker_; }

    template <typename Condition>
    [[nodiscard]] bool run_until(Condition is_done) {
        return contract::run_until(io_, std::move(is_done));
    }

    /// A name that no other case and no earlier run has used.
    [[nodiscard]] static std::string fresh(std::string_view what);

    /// A new topic with so many partitions, and with these settings.
    [[nodiscard]] std::string topic(std::int32_t partitions = 1,
                                    std::map<std::string, std::string> config = {});

    [[nodiscard]] std::vector<std::optional<Error>> create(std::vector<TopicSpec> topics);
    [[nodiscard]] std::vector<TopicPartition> list();
    [[nodiscard]] Result<std::vector<Located>> locate(std::vector<std::string> topics, Start start);

    /// What a report says of a record at this offset: -1 where the broker has no positions.
    [[nodiscard]] std::int64_t reported(std::int64_t offset) const {
        return broker_.capabilities().positions ? offset : -1;
    }

    /// Stops its own broker while a thread runs the io_context, as the destructor does.
    void stop();

private:
    // Both empty where others own them.
    std::unique_ptr<asio::io_context> own_io_;
    std::unique_ptr<Broker> own_;

    asio::io_context& io_;
    bool stopped_ = false;
    Broker& broker_;
};

}  // namespace gateway::contract
