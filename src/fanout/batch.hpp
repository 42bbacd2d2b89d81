#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/record.hpp"
#include "broker/start.hpp"
#include "gateway/broadcast.hpp"

namespace gateway::fanout {

/// Names a View of one topic while anyone has it.
using ViewId = std::uint32_t;

/// What one view sees of a batch: a frame of it, or where its records are. With neither it sees
/// something, but its followers go through the batch by themselves.
struct ViewFrame {
    ViewId view = 0;
    std::shared_ptr<const SharedFrame> frame{};
    std::vector<std::uint32_t> records{};

    [[nodiscard]] bool is_left_out() const { return !frame && records.empty(); }
    [[nodiscard]] std::size_t bytes() const;
};

/// Records of one topic that were read together, and the frames made of them.
///
/// One thread builds it; then it is sealed, never changes, and any thread may read it. What it
/// covers begins where the batch before it ends.
class Batch {
public:
    explicit Batch(std::shared_ptr<const std::string> topic) : topic_(std::move(topic)) {}
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    /// Copies a record of its topic; `head` is where the reading of its partition stood.
    void add(const Record& record, std::int64_t head);

    /// Its partition's reading goes on further ahead. Nothing else may be in the batch.
    void add(const Lost& lost, std::int64_t head);

    /// These offsets of a partition hold no record.
    void pass(std::int32_t partition, std::int64_t head, std::int64_t to);

    /// `oldest` is the first batch that is still kept.
    void seal(std::uint64_t sequence, std::uint64_t oldest, std::vector<ViewFrame> frames);

    [[nodiscard]] bool is_empty() const { return ranges_.empty(); }

    /// Of its records; once it is sealed, all that it takes, frames included.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    [[nodiscard]] const std::string& topic() const { return *topic_; }
    [[nodiscard]] const std::vector<Record>& records() const { return records_; }

    /// One for each partition that it has records of, a loss, or offsets without a record.
    [[nodiscard]] const std::vector<Range>& ranges() const { return ranges_; }
    [[nodiscard]] const std::vector<Lost>& losses() const { return losses_; }

    [[nodiscard]] std::uint64_t sequence() const { return sequence_; }
    [[nodiscard]] std::uint64_t oldest() const { return oldest_; }

    /// Ordered by view; a view that sees nothing of it has none.
    [[nodiscard]] const std::vector<ViewFrame>& frames() const { return frames_; }
    [[nodiscard]] const ViewFrame* frame_of(ViewId view) const;

private:
    static constexpr std::size_t first_block = 1024;

    [[nodiscard]] std::string_view keep(std::string_view bytes);
    [[nodiscard]] std::optional<std::string_view> keep(std::optional<std::string_view> bytes);
    [[nodiscard]] Range& range_of(std::int32_t partition, std::int64_t head);

    std::shared_ptr<const std::string> topic_;
    std::pmr::monotonic_buffer_resource memory_{first_block};
    std::vector<Record> records_;
    std::vector<Range> ranges_;
    std::vector<Lost> losses_;
    std::vector<ViewFrame> frames_;
    std::size_t bytes_ = 0;
    std::uint64_t sequence_ = 0;
    std::uint64_t oldest_ = 0;
};

using BatchPointer = std::shared_ptr<const Batch>;

}  // namespace gateway::fanout
