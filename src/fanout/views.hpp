#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
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

/// The views that subscribers of one topic have, and their frames.
///
/// A record is looked at once for each view without keys; those with keys are found by the record's
/// key, however many there are. Not thread-safe.
class Views {
public:
    /// Both must outlive it.
    Views(const MakeSharedFrame& make_frame, Counters& counters)
        : make_frame_(make_frame), counters_(counters) {}

    /// Equal views share an id; each `add` wants a `remove`.
    ViewId add(View view);
    void remove(ViewId id);

    /// A frame for each view that sees something of these records, ordered by id.
    [[nodiscard]] std::vector<ViewFrame> encode(const std::vector<Record>& records);

private:
    struct Kept {
        Kept(View view, std::string key, JsonCheck& json);

        View view;
        std::string key;
        NotificationFrame frame;
        std::size_t uses = 0;
    };

    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };

    void add_by_key(const Record& record);
    void add(ViewId id, Kept& kept, const Record& record);

    const MakeSharedFrame& make_frame_;
    Counters& counters_;
    JsonCheck json_;
    Candidate candidate_;
    std::map<ViewId, Kept> views_;
    std::unordered_map<std::string, ViewId> by_view_;
    std::unordered_map<std::string, std::vector<ViewId>, Hash, std::equal_to<>> by_key_;
    std::vector<ViewId> keyless_;
    std::vector<ViewId> begun_;  ///< Their frames are not empty.
    ViewId next_ = 1;
};

}  // namespace gateway::fanout
