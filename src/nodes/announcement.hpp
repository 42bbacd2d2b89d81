#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/record.hpp"

namespace gateway::nodes {

/// What a server tells the others of itself.
struct Announcement {
    std::string node{};     ///< Node::id,
    std::string process{};  ///< and Node::process.
    std::string queue{};    ///< Where others send what is for it.
    Timestamp since = 0;
    Timestamp interval = 0;  ///< Milliseconds between two of its announcements, at least 1.
    bool is_leaving = false;

    /// Nothing for what is no announcement.
    [[nodiscard]] static std::optional<Announcement> parse(std::string_view json);
    void append(std::string& out) const;
};

}  // namespace gateway::nodes
