#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "broker/record.hpp"
#include "broker/start.hpp"

namespace gateway {

/// One member of a consumer group: it shares its topics' partitions with the group's other
/// members, and takes over theirs when they leave.
///
/// Where the group has committed nothing for a partition, it starts where its options say, and
/// commits that start, so that whoever takes over before the first record continues there.
///
/// Call it on the executor it was opened with; its events arrive there too. Destroying it ends its
/// events at once; it leaves the group all the same.
class Consumer {
public:
    struct Options {
        std::vector<std::string> topics{};  ///< May be empty where `follows` is set.
        std::string group{};                ///< Not empty.
        bool headers = false;               ///< Fill Record::headers, which costs a little.

        /// `topics` names one queue, which is consumed itself and shared with whoever else does; it
        /// is declared, durable, where it does not exist. The group counts only where the broker
        /// has topics alone, and takes the queue for the topic of that name.
        bool queue = false;

        /// A queue that is declared is deleted, with what it holds, once nobody has consumed it for
        /// this long; absent: never. One that exists must have been declared with the same.
        std::optional<std::chrono::milliseconds> queue_expiry{};

        /// Where a partition starts that the group has committed nothing for. A Cursor may name
        /// partitions of these topics only.
        Start start = FromLatest{};

        /// Takes part in every topic, internal ones (`__*`) aside, whose name it is true of, some
        /// seconds after a topic appears too; that one's partitions start at their oldest record.
        /// Called on any thread, several at once. Empty: `topics` alone.
        std::function<bool(std::string_view)> follows{};
    };

    /// What a consumer tells its owner.
    class Events {
    public:
        /// The member has joined and every partition it got has its start fixed: a record sent
        /// from now on will arrive, here or at another member. `starts` has those partitions, in
        /// order. Called once, before any record.
        virtual void live(std::span<const Position> starts) = 0;

        /// Records, in offset order for each partition. Returns how many it took, from the first
        /// on. If it took fewer, no more arrive until `resume()`, which then begins with the rest.
        [[nodiscard]] virtual std::size_t records(std::span<const Record> records) = 0;

        /// A partition's reading goes on elsewhere, since what was to come next is not there: ahead
        /// of it, or behind in a topic that was made anew. Before any record from there.
        virtual void lost(const Lost& lost) = 0;

        /// These partitions are another member's now, or will be as soon as this returns. What was
        /// committed before it returns still counts; a later `commit` for them does nothing.
        virtual void revoked(std::span<const TopicPartition> partitions) = 0;

        /// The consumer has ended and left its group. Nothing follows. Before `live()` it means
        /// that it could not join: offset_out_of_range and partition_not_found speak of its Cursor.
        virtual void failed(const Error& error) = 0;

    protected:
        ~Events() = default;
    };

    virtual ~Consumer() = default;

    /// Goes on after `records` took fewer than it was given. Nothing happens otherwise.
    virtual void resume() = 0;

    /// Everything before these offsets has been handled: a successor begins there. Cheap; the
    /// broker is told at its commit interval, at a revocation and at the end.
    virtual void commit(std::span<const Position> next) = 0;

    /// Leaves the group at once, after committing; calls `done` when the broker knows, or when it
    /// does not answer. No event follows the call. `done` may be empty.
    virtual void close(std::function<void()> done) = 0;
};

}  // namespace gateway
