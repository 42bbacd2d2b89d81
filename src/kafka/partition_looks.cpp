#include "kafka/partition_looks.hpp"

#include <utility>

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr auto fresh_time = 1s;  ///< In which an answer decides.

}  // namespace

PartitionLooks::Step PartitionLooks::next(std::string_view topic, Time now) {
    const auto found = looks_.find(topic);
    if (found == looks_.end()) {
        if (looks_.size() >= max_topics) {
            std::erase_if(looks_, [](const auto& each) { return !each.second.is_open; });
        }
        looks_.emplace(topic, Look());
        return Step::ask;
    }
    Look& look = found->second;
    if (look.is_open) return Step::wait;
    if (now - look.answered < fresh_time) return Step::decide;
    look.is_open = true;
    return Step::ask;
}

void PartitionLooks::answered(std::string_view topic, Time now) {
    const auto found = looks_.find(topic);
    if (found != looks_.end()) found->second = {.is_open = false, .answered = now};
}

}  // namespace gateway::kafka
