#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/record.hpp"

namespace gateway::amqp {

/// The topics that this server has seen to be there. Any thread may ask and tell.
class Topics {
public:
    void add(std::string_view topic) {
        const std::lock_guard lock(mutex_);
        if (names_.find(topic) == names_.end()) names_.emplace(topic);
    }

    void remove(std::string_view topic) {
        const std::lock_guard lock(mutex_);
        if (const auto found = names_.find(topic); found != names_.end()) names_.erase(found);
    }

    /// In order, internal ones (`__*`) left out.
    [[nodiscard]] std::vector<TopicPartition> list() const {
        const std::lock_guard lock(mutex_);
        std::vector<TopicPartition> all;
        for (const auto& name : names_) {
            if (!name.starts_with("__")) all.push_back({name, 0});
        }
        return all;
    }

private:
    mutable std::mutex mutex_;
    std::set<std::string, std::less<>> names_;
};

}  // namespace gateway::amqp
