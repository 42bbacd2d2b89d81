#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "broker/record.hpp"
#include "broker/start.hpp"
#include "fanout/batch.hpp"
#include "fanout/options.hpp"
#include "fanout/ring.hpp"
#include "fanout/views.hpp"
#include "gateway/alarm.hpp"

namespace gateway::fanout {

class Branch;

/// One topic that is read: gathers its records into batches, keeps the recent ones, and hands them
/// to the branches.
///
/// A batch leaves as soon as every branch has at most one before it: at rest each record at once,
/// under load all that came meanwhile. Belongs to its trunk, on the trunk's thread.
class Feed {
public:
    /// All but `topic` must outlive it.
    Feed(const asio::any_io_executor& executor, const std::string& topic, const Options& options,
         const MakeSharedFrame& make_frame, Counters& counters);

    /// Where its partitions are read, the open batch included.
    [[nodiscard]] const std::vector<Position>& heads() const { return heads_; }
    void begin(const Position& position);
    [[nodiscard]] bool reads(std::int32_t partition) const;

    /// False, and nothing happens, if the open batch is full and cannot leave.
    [[nodiscard]] bool add(const Record& record);
    void add(const Lost& lost);

    /// Offsets before this one, from where the partition is read, hold no record.
    void reached(const Position& end);

    /// To be called once all that arrived together is added.
    void flush();

    void attach(std::shared_ptr<Branch> branch);
    void detach(const Branch& branch);
    void processed(const Branch& branch);
    void add_view(const std::shared_ptr<Branch>& branch, View view, std::string key);
    void remove_view(const Branch& branch, ViewId id);

    /// It is not read any more.
    void fail(const Error& error);

    [[nodiscard]] bool is_followed() const { return !links_.empty(); }
    [[nodiscard]] const std::string& topic() const { return *topic_; }
    [[nodiscard]] Alarm& linger() { return linger_; }

private:
    /// A branch, and what the feed has given it.
    struct Link {
        std::shared_ptr<Branch> branch;
        std::unordered_multiset<ViewId> views;
        int unprocessed = 0;
    };

    [[nodiscard]] bool is_full() const;
    [[nodiscard]] bool may_leave() const;
    [[nodiscard]] Link* find(const Branch& branch);
    [[nodiscard]] Position& head(std::int32_t partition);
    void seal();

    std::shared_ptr<const std::string> topic_;
    const Options& options_;
    Views views_;
    Ring ring_;
    std::vector<Position> heads_;  ///< Ordered by partition.
    std::vector<Position> ends_;   ///< Reached, and not told yet.
    std::shared_ptr<Batch> open_;
    std::vector<Link> links_;
    Alarm linger_;
};

}  // namespace gateway::fanout
