#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "broker/record.hpp"

namespace gateway::kasocki {

/// A partition that a client wants, and where from.
struct Assignment {
    /// The offset of a record, or one of the two below, as librdkafka has them.
    static constexpr std::int64_t latest = -1;
    static constexpr std::int64_t earliest = -2;

    /// From the first record of this time or a later one.
    struct Since {
        Timestamp at = 0;

        friend bool operator==(const Since&, const Since&) = default;
    };

    std::string topic;
    std::int32_t partition = 0;
    std::variant<std::int64_t, Since> from = latest;

    friend bool operator==(const Assignment&, const Assignment&) = default;
};

/// What a client asks for in `subscribe`: whole topics from their ends, or assignments. One of the
/// two is empty.
struct Wanted {
    std::vector<std::string> topics;
    std::vector<Assignment> assignments;

    /// Those of the assignments, or `topics`; sorted, each once.
    [[nodiscard]] std::vector<std::string> all_topics() const;
};

/// Reads the argument of `subscribe`: a name, an array of names, or an array of
/// `{"topic","partition","offset"}` or `{"topic","partition","timestamp"}`: at most 1000, of at
/// most 16 different timestamps and `max_topics` topics.
[[nodiscard]] Result<Wanted> parse_wanted(std::string_view json, std::size_t max_topics);

}  // namespace gateway::kasocki
