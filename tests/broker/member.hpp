#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/received.hpp"
#include "broker/stage.hpp"

namespace gateway::contract {

/// A consumer and what it was told. Checks of each event that it comes on the stage's executor, not
/// from within a call, and in an order that the contract allows.
class Member final : private Consumer::Events {
public:
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    /// Opens a consumer, which must not be refused. It takes everything and commits nothing.
    Member(Stage& stage, std::vector<std::string> topics, std::string group);
    Member(Stage& stage, Consumer::Options options);

    /// From now on `records` takes so many more in all.
    void allow(std::size_t records) { allowance_ = records; }

    /// From now on every record taken is committed at once.
    void commit_as_taken() { commits_ = true; }

    /// From now on called with each `revoked`, before it returns.
    void on_revoked(std::function<void(std::span<const TopicPartition>)> hook) {
        revoked_hook_ = std::move(hook);
    }

    void resume();
    void commit(std::vector<Position> next);

    /// Waits until the member is live.
    void join();

    /// Waits until it has taken so many records in all, and not more.
    void wait_for(std::size_t records);

    /// Closes and waits until that is done. No event may follow.
    void close();

    /// Destroys the consumer without closing it. No event may follow.
    void end();

    [[nodiscard]] bool is_live() const { return live_; }
    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
    [[nodiscard]] const std::vector<Received>& taken() const { return taken_; }
    [[nodiscard]] std::size_t calls() const { return calls_; }

    /// Where it started.
    [[nodiscard]] const std::vector<Position>& starts() const { return starts_; }

    [[nodiscard]] const std::vector<Lost>& losses() const { return losses_; }

    /// All that were ever revoked.
    [[nodiscard]] const std::set<TopicPartition>& revoked() const { return revoked_; }

    /// The offsets taken from one partition, in the order they came, repetitions included.
    [[nodiscard]] std::vector<std::int64_t> offsets(const TopicPartition& partition) const {
        return offsets_of(taken_, partition);
    }

    /// The values taken from one topic, which are numbers, in the order they came.
    [[nodiscard]] std::vector<std::int64_t> numbers(std::string_view topic) const {
        return numbers_of(taken_, topic);
    }

    /// The partitions that it took something from.
    [[nodiscard]] std::set<TopicPartition> sources() const;

private:
    void live(std::span<const Position> starts) override;
    std::size_t records(std::span<const Record> records) override;
    void lost(const Lost& lost) override;
    void revoked(std::span<const TopicPartition> partitions) override;
    void failed(const Error& error) override;
    void check_event() const;

    Stage& stage_;
    bool inside_ = true;
    bool ended_ = false;
    bool live_ = false;
    bool commits_ = false;
    bool paused_ = false;
    std::size_t allowance_ = unlimited;
    std::size_t calls_ = 0;
    std::function<void(std::span<const TopicPartition>)> revoked_hook_;
    std::optional<Error> failure_;
    std::vector<Position> starts_;
    std::vector<Lost> losses_;
    std::vector<Received> taken_;
    std::set<TopicPartition> revoked_;
    std::unique_ptr<Consumer> consumer_;
};

}  // namespace gateway::contract
