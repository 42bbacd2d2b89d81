#include "gateway/refusal.hpp"

#include <string_view>
#include <variant>

#include <fmt/format.h>

namespace gateway {

namespace {

Error not_supported(const Broker& broker, std::string_view what) {
    return Error(Errc::not_supported, fmt::format("the broker \"{}\" ({}) has no {}", broker.name(),
                                                  broker.kind(), what));
}

}  // namespace

std::optional<Error> refusal(const Broker& broker, const SubscriptionNeeds& needs) {
    const Capabilities can = broker.capabilities();
    if (!can.positions && !std::holds_alternative<FromLatest>(needs.start)) {
        return not_supported(broker, "positions: \"from\" can only be \"latest\"");
    }
    if (!can.positions && needs.snapshot) return not_supported(broker, "snapshots");
    if (!can.patterns && needs.patterns) return not_supported(broker, "patterns of topics");
    return std::nullopt;
}

std::optional<Error> refusal(const Broker& broker, const TopicSpec& topic) {
    const Capabilities can = broker.capabilities();
    if (!can.partitions && topic.partitions.value_or(1) != 1) {
        return not_supported(broker, "partitions: a topic has one");
    }
    if (!can.topic_settings && (topic.replication || !topic.config.empty())) {
        return not_supported(broker, "settings of topics");
    }
    return std::nullopt;
}

}  // namespace gateway
