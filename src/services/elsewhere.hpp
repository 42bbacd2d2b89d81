#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/effect.hpp"

namespace gateway::services {

/// What another node tells of its own workers of a service.
struct Told {
    std::string process{};  ///< The node's.
    std::string service{};
    std::uint64_t version = 0;  ///< Of what one node tells of one service, the latest counts.
    unsigned credit = 0;        ///< As Capacity has it, and so the next.
    std::size_t polls = 0;
    std::size_t workers = 0;        ///< That are registered.
    std::vector<Member> members{};  ///< Those, or the first of them.

    /// There is nobody, for now.
    [[nodiscard]] bool is_empty() const { return credit == 0 && polls == 0 && workers == 0; }

    /// What was told before is taken back, as by a node that leaves.
    [[nodiscard]] bool is_withdrawn() const { return version == 0; }
};

/// The workers of other nodes, as anyone may see them. Pure.
class Elsewhere {
public:
    struct Change {
        Member member;
        bool has_joined = false;
    };

    /// In place of what this node told of this service before; what has changed by that.
    [[nodiscard]] std::vector<Change> set(Told told);

    struct Count {
        std::size_t workers = 0;
        std::size_t polls = 0;
    };

    /// By the service.
    [[nodiscard]] std::map<std::string, Count> counts() const;
    [[nodiscard]] Count count(const std::string& service) const;

    /// Adds those of `service` until there are so many.
    void add_members(const std::string& service, std::size_t most, std::vector<Member>& out) const;

private:
    using Key = std::pair<std::string, std::string>;  ///< Service and process.

    std::map<Key, Told> told_;
};

}  // namespace gateway::services
