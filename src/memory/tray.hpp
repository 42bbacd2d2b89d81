#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "broker/record.hpp"
#include "memory/delivery.hpp"

namespace gateway::memory {

/// The deliveries that have come for one consumer or reader: hands them over in order, and keeps
/// what was not taken.
///
/// Lives on one thread. Any call but `go_on` may be made from within an event.
class Tray {
public:
    class Events {
    public:
        /// Returns how many it took, from the first on. If it took fewer, nothing is handed over
        /// until `resume`.
        [[nodiscard]] virtual std::size_t records(std::span<const Record> records) = 0;

        virtual void lost(const Lost& lost) = 0;
        virtual void reached_end(const Position& position) = 0;

        /// A delivery was taken whole.
        virtual void taken() = 0;

    protected:
        ~Events() = default;
    };

    explicit Tray(bool with_headers) : with_headers_(with_headers) {}

    void add(Delivery delivery) { waiting_.push_back(std::move(delivery)); }

    /// Forgets what there is from a partition.
    void drop(const TopicPartition& partition);

    /// False if it was not paused.
    bool resume() { return std::exchange(is_paused_, false); }

    /// Hands nothing over any more.
    void end();

    /// Hands over what there is, until it is paused or ended.
    void go_on(Events& events);

private:
    static constexpr auto dropped = std::numeric_limits<std::uint32_t>::max();

    void unpack();
    void step(Events& events);
    void offer(Events& events);

    bool with_headers_;
    bool is_paused_ = false;
    bool is_ended_ = false;

    std::deque<Delivery> waiting_;
    std::optional<Delivery> open_;  ///< Keeps what `records_` shows.
    std::size_t next_lost_ = 0;     ///< Of its parts, whose losses were not told.
    std::size_t next_record_ = 0;   ///< Of its records, which were not taken.
    std::size_t next_end_ = 0;      ///< Of its parts, whose ends were not told.
    std::vector<Record> records_;
    std::vector<std::uint32_t> part_of_;  ///< Of each record, or `dropped`.
    bool has_dropped_ = false;
    std::vector<Header> headers_;
};

}  // namespace gateway::memory
