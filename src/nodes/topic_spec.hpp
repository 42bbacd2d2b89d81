#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "broker/broker.hpp"

namespace gateway::nodes {

/// A topic that servers share: of one partition, so that all hear the same order. A broker that has
/// no partitions, or no settings, is not asked for them.
[[nodiscard]] inline TopicSpec shared_topic(const Capabilities& capabilities, std::string name,
                                            std::map<std::string, std::string> settings = {}) {
    TopicSpec spec{std::move(name), std::nullopt, std::nullopt, {}};
    if (capabilities.partitions) spec.partitions = 1;
    if (capabilities.topic_settings) spec.config = std::move(settings);
    return spec;
}

}  // namespace gateway::nodes
