#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/record.hpp"

namespace gateway::fanout {

/// The topics that a broker has, each with the look at them that saw it first: so that whoever
/// looks again judges those alone that are new to it. Pure; not thread-safe.
class Sightings {
public:
    /// Another look. What it does not see is forgotten, and new if it comes back.
    void look(const std::vector<TopicPartition>& seen);

    /// How many there were.
    [[nodiscard]] std::uint64_t looks() const { return looks_; }

    [[nodiscard]] bool has(std::string_view topic) const { return topics_.contains(topic); }

    /// Those that this look, and those before it, did not see. Valid until the next look.
    [[nodiscard]] std::vector<std::string_view> after(std::uint64_t look) const;

    /// As if there were no topics. The looks still count.
    void clear();

private:
    std::uint64_t looks_ = 0;
    std::map<std::string, std::uint64_t, std::less<>> topics_;
    std::set<std::pair<std::uint64_t, std::string_view>> by_look_;
};

}  // namespace gateway::fanout
