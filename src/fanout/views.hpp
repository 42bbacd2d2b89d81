#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fanout/batch.hpp"
#include "filter/candidate.hpp"
#include "gateway/connection.hpp"
#include "gateway/counters.hpp"
#include "gateway/notification_frame.hpp"
#include "gateway/view.hpp"
#include "wire/json_check.hpp"

namespace gateway::fanout {

/// What two views have in common exactly if they see the same.
[[nodiscard]] std::string key_of(const View& view);

/// The views that subscribers of one topic have, and their frames of its open batch.
///
/// A record is looked at once for each view without keys, of which there are only so many; those
/// with keys are found by the record's key, however many there are. Not thread-safe.
class Views {
public:
    struct Limits {
        std::size_t views = 0;  ///< Without keys.
        std::size_t bytes = 0;  ///< Of all frames of a batch; its last record may double it.
    };

    /// Both must outlive it.
    Views(const MakeSharedFrame& make_frame, Counters& counters, Limits limits)
        : make_frame_(make_frame), counters_(counters), limits_(limits) {}

    /// Equal views share an id; each `add` wants a `remove`. Nothing, if there are too many.
    /// Of the open batch it has what comes from now on.
    std::optional<ViewId> add(View view);
    void remove(ViewId id);

    /// The next record of the open batch. Views that it has no room for are left out of the batch.
    void add(const Record& record);

    /// The frames have no room for another record.
    [[nodiscard]] bool is_full() const { return bytes_ >= limits_.bytes; }

    /// What each view sees of the batch, ordered by id; another one begins.
    [[nodiscard]] std::vector<ViewFrame> take();

private:
    struct Kept {
        View view;
        std::string key;
        NotificationFrame::Options options;        ///< Of the frame.
        std::unique_ptr<NotificationFrame> frame;  ///< Null for one that is as_records.
        std::vector<std::uint32_t> records{};
        std::size_t uses = 0;
        std::uint64_t begun = 0;  ///< The last batch that it saw something of.
        bool is_left_out = false;

        [[nodiscard]] std::size_t bytes() const;
        [[nodiscard]] ViewFrame take(ViewId id, const MakeSharedFrame& make_frame);
    };

    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };

    void add(ViewId id, const Record& record, std::uint32_t index);
    static void leave_out(Kept& kept);

    const MakeSharedFrame& make_frame_;
    Counters& counters_;
    Limits limits_;
    JsonCheck json_;
    Candidate candidate_;
    std::map<ViewId, Kept> views_;
    std::unordered_map<std::string, ViewId> by_view_;
    std::unordered_map<std::string, std::vector<ViewId>, Hash, std::equal_to<>> by_key_;
    std::vector<ViewId> keyless_;
    std::vector<ViewId> begun_;  ///< They see something of the open batch.
    std::uint32_t records_ = 0;  ///< Of the open batch.
    std::size_t bytes_ = 0;      ///< Of its frames.
    std::uint64_t batch_ = 1;
    ViewId next_ = 1;
};

}  // namespace gateway::fanout
