#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "cluster/word.hpp"

namespace gateway::cluster {

/// Sends words to other nodes, each in the order of the calls.
class WordSender {
public:
    /// To a node, unless that has left; the word's `from`, `to`, `life` and `number` are the
    /// sender's to say. Where the record would be larger than allowed it sends nothing, and says
    /// so: record_too_large.
    virtual std::optional<Error> send(const std::string& process, Word word) = 0;

    /// Whether the node hears what it is sent now.
    [[nodiscard]] virtual bool reaches(const std::string& process) const = 0;

    /// So much waits for the broker that nothing should be added that can be done without.
    [[nodiscard]] virtual bool is_paused() const = 0;

protected:
    ~WordSender() = default;
};

}  // namespace gateway::cluster
