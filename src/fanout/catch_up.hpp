#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "base/error.hpp"
#include "broker/broker.hpp"
#include "broker/partition_reader.hpp"
#include "gateway/alarm.hpp"

namespace gateway::fanout {

class CatchUp;

/// Lets so many read from the broker at once, first come first served. One whose client has no room
/// gives its reader up while others wait, and one that nothing comes for does so for a turn. One a
/// shard and broker.
class CatchUps {
public:
    struct Options {
        std::size_t limit = 1;
        std::chrono::milliseconds idle_turn{};
        std::chrono::milliseconds reader_pause{};  ///< Until a reader that was refused is tried.
    };

    explicit CatchUps(Options options) : options_(options) {}

    void ask(CatchUp& who);
    void stalled(CatchUp& who);
    void unstalled(CatchUp& who);

    /// It asks no more; `is_open` if it had its turn and did not give it up.
    void leave(CatchUp& who, bool is_open);

    [[nodiscard]] bool are_wanted() const { return !waiting_.empty(); }
    [[nodiscard]] const Options& options() const { return options_; }

private:
    void next();

    Options options_;
    std::size_t open_ = 0;
    std::deque<CatchUp*> waiting_;
    std::deque<CatchUp*> stalled_;
};

/// Reads a follower's partitions from the broker, up to where the ring begins.
class CatchUp final : private PartitionReader::Events {
public:
    class Owner {
    public:
        /// Records for the follower; how many it took.
        [[nodiscard]] virtual std::size_t caught_up(std::span<const Record> records) = 0;

        /// There is nothing before this offset that was not handed over.
        virtual void passed(const Position& position) = 0;
        virtual void caught_lost(const Lost& lost) = 0;
        virtual void catch_up_failed(const Error& error) = 0;

        /// The rest is in the ring.
        [[nodiscard]] virtual bool reaches_ring() = 0;

        /// It does, and this is over; it may be destroyed within the call.
        virtual void enter_ring() = 0;

        /// Where to read on.
        [[nodiscard]] virtual std::vector<Position> position() const = 0;

    protected:
        ~Owner() = default;
    };

    /// All must outlive it.
    CatchUp(asio::any_io_executor executor, Broker& broker, CatchUps& turns, Owner& owner);
    ~CatchUp();
    CatchUp(const CatchUp&) = delete;
    CatchUp& operator=(const CatchUp&) = delete;

    void start();

    /// The follower has room again.
    void resume();

    /// The ring may reach further back or forth now.
    void check();

    // For CatchUps; neither is followed by an event in the same call.

    void begin();
    void give_up();

private:
    enum class State : std::uint8_t { waiting, reading, stalled, yielded };

    [[nodiscard]] std::size_t records(std::span<const Record> records) override;
    void reached_end(const Position& position) override;
    void lost(const Lost& lost) override;
    void ended(const TopicPartition& partition, const Error& error) override;

    void watch();

    asio::any_io_executor executor_;
    Broker& broker_;
    CatchUps& turns_;
    Owner& owner_;
    State state_ = State::waiting;
    bool is_done_ = false;
    bool has_read_ = false;  ///< Since `watch`.
    Alarm again_;
    Alarm idle_;
    Alarm done_;
    std::unique_ptr<PartitionReader> reader_;
};

}  // namespace gateway::fanout
