#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "broker/record.hpp"

namespace gateway {

/// At the end: what is sent from now on.
struct FromLatest {};

/// At the oldest record that is kept.
struct FromEarliest {};

/// At the first record with this timestamp or a later one; at the end where there is none.
struct FromTime {
    Timestamp at = 0;
};

/// So many offsets before the end, or at the oldest record if fewer are kept. Where a partition has
/// offsets without a record (compaction, transactions) there are fewer records.
struct FromLast {
    std::int64_t offsets = 0;
};

/// At these offsets. A partition that is not listed is one that whoever wrote the cursor did not
/// know: it begins at its oldest record, so that nothing is skipped.
using Cursor = std::vector<Position>;

/// Where reading begins.
using Start = std::variant<FromLatest, FromEarliest, FromTime, FromLast, Cursor>;

/// What a partition holds, and where reading begins in it.
struct Located {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t earliest = 0;  ///< The offset of the oldest record that is kept.
    std::int64_t latest = 0;    ///< The offset that the next record gets.
    std::int64_t start = 0;     ///< From `earliest` to `latest`.

    friend bool operator==(const Located&, const Located&) = default;
};

/// What was to be read next is not there: it is not kept any more, or its topic was made anew.
struct Lost {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t wanted = 0;    ///< The offset that was to be read next.
    std::int64_t next = 0;      ///< Where reading goes on; in a topic made anew that is behind.
    std::int64_t earliest = 0;  ///< As Located has them.
    std::int64_t latest = 0;

    friend bool operator==(const Lost&, const Lost&) = default;
};

}  // namespace gateway
