#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "memory/log.hpp"
#include "memory/topic_config.hpp"

namespace gateway::memory {

struct Fetch;

/// One partition and who reads it.
struct Partition {
    Log log;
    std::vector<Fetch*> fetches;  ///< Of those that read it: one a group, one a reader.
    bool is_touched = false;      ///< Written to, and its readers not yet told.
};

/// A topic: its name, its settings and its partitions, whose number never changes.
class Topic {
public:
    Topic(std::string name, std::int32_t partitions, TopicConfig config);

    /// Shared with the deliveries that carry it.
    [[nodiscard]] const std::shared_ptr<const std::string>& name() const { return name_; }
    [[nodiscard]] const TopicConfig& config() const { return config_; }
    [[nodiscard]] std::int32_t size() const { return static_cast<std::int32_t>(logs_.size()); }

    [[nodiscard]] bool is_internal() const { return name_->starts_with("__"); }

    /// `partition` must be one of `size()`.
    [[nodiscard]] Partition& at(std::int32_t partition) {
        return logs_[static_cast<std::size_t>(partition)];
    }

    /// By the key's hash; without a key the current one of all, so that what is sent together
    /// stays together.
    [[nodiscard]] std::int32_t choose(std::optional<std::string_view> key) const;

    /// Makes the next partition the current one.
    void turn() { current_ = (current_ + 1) % size(); }

private:
    std::shared_ptr<const std::string> name_;
    TopicConfig config_;
    std::vector<Partition> logs_;
    std::int32_t current_ = 0;
};

}  // namespace gateway::memory
