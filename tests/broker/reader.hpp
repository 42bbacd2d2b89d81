#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "broker/received.hpp"
#include "broker/stage.hpp"

namespace gateway::contract {

/// A partition reader and what it was told. Checks of each event that it comes on the stage's
/// executor, not from within a call, from a partition that is read, and in offset order.
class Reader final : private PartitionReader::Events {
public:
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    struct Ended {
        TopicPartition partition;
        Error error;
    };

    /// Opens a reader, which must not be refused. It takes everything.
    explicit Reader(Stage& stage);

    void add(std::vector<Position> positions);
    void drop(std::vector<TopicPartition> partitions);
    void resume();

    /// From now on `records` takes so many more in all.
    void allow(std::size_t records) { allowance_ = records; }

    /// From now on called at the end of each `records`, which may end the reader.
    void on_records(std::function<void()> hook) { records_hook_ = std::move(hook); }

    /// Waits until it has taken so many records in all, and not more.
    void wait_for(std::size_t records);

    /// Destroys the reader. No event may follow.
    void end();

    [[nodiscard]] const std::vector<Received>& taken() const { return taken_; }
    [[nodiscard]] std::size_t calls() const { return calls_; }
    [[nodiscard]] const std::vector<Position>& ends() const { return ends_; }
    [[nodiscard]] const std::vector<Lost>& losses() const { return losses_; }
    [[nodiscard]] const std::vector<Ended>& ended() const { return ended_partitions_; }

    /// Whether the last end that was told of a partition is this.
    [[nodiscard]] bool is_at_end(const Position& position) const;

    [[nodiscard]] std::vector<std::int64_t> offsets(const TopicPartition& partition) const {
        return offsets_of(taken_, partition);
    }

private:
    std::size_t records(std::span<const Record> records) override;
    void reached_end(const Position& position) override;
    void lost(const Lost& lost) override;
    void ended(const TopicPartition& partition, const Error& error) override;
    void check_event() const;

    Stage& stage_;
    bool inside_ = true;
    bool ended_ = false;
    bool paused_ = false;
    std::size_t allowance_ = unlimited;
    std::size_t calls_ = 0;
    std::function<void()> records_hook_;
    std::map<TopicPartition, std::int64_t> next_;  ///< Of what is read: no offset before it comes.
    std::vector<Received> taken_;
    std::vector<Position> ends_;
    std::vector<Lost> losses_;
    std::vector<Ended> ended_partitions_;
    std::unique_ptr<PartitionReader> reader_;
};

}  // namespace gateway::contract
