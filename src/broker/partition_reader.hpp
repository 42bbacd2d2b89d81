#pragma once

#include <cstddef>
#include <span>

#include "base/error.hpp"
#include "broker/record.hpp"
#include "broker/start.hpp"

namespace gateway {

/// Reads partitions from given offsets, without a group and without commits.
///
/// Call it on the executor it was opened with; its events arrive there too, never from within a
/// call. Destroying it ends its events at once.
class PartitionReader {
public:
    /// What a reader tells its owner.
    class Events {
    public:
        /// Records, in offset order for each partition, several partitions mixed. Returns how many
        /// it took, from the first on. If it took fewer, no more arrive until `resume()`, which
        /// then begins with the rest.
        [[nodiscard]] virtual std::size_t records(std::span<const Record> records) = 0;

        /// Everything before this offset was handed over, and there is no more for now. It tells
        /// the end of a partition whose last offsets hold no record (compaction, transactions).
        /// Once each time that the end is reached.
        virtual void reached_end(const Position& position) = 0;

        /// The partition's reading goes on further ahead. Before any record from there.
        virtual void lost(const Lost& lost) = 0;

        /// This partition is not read any more: its topic is gone, or may not be read. The others
        /// go on. What heals by itself is waited for instead.
        virtual void ended(const TopicPartition& partition, const Error& error) = 0;

    protected:
        ~Events() = default;
    };

    virtual ~PartitionReader() = default;

    /// Reads these too, from these offsets. A partition that is read already goes on from there.
    virtual void add(std::span<const Position> positions) = 0;

    /// Reads these no more; nothing of them arrives after the call.
    virtual void drop(std::span<const TopicPartition> partitions) = 0;

    /// Goes on after `records` took fewer than it was given. Nothing happens otherwise.
    virtual void resume() = 0;
};

}  // namespace gateway
