#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace gateway::kafka {

/// The topics whose partitions a producer's handle asks for, since a record is for one that it does
/// not know: it may have been added. What was heard decides for a moment, so that a sender who is
/// wrong does not have the broker asked again for each record.
///
/// Pure; not thread-safe.
class PartitionLooks {
public:
    using Time = std::chrono::steady_clock::time_point;

    enum class Step : std::uint8_t {
        ask,     ///< The topic is to be asked for, and the record waits.
        wait,    ///< It is asked for already.
        decide,  ///< The handle knows all partitions that there are.
    };

    [[nodiscard]] Step next(std::string_view topic, Time now);

    /// What is known of this topic is new.
    void answered(std::string_view topic, Time now);

private:
    static constexpr std::size_t max_topics = 1000;  ///< More are forgotten, and asked for again.

    struct Look {
        bool is_open = true;
        Time answered{};
    };

    std::map<std::string, Look, std::less<>> looks_;
};

}  // namespace gateway::kafka
