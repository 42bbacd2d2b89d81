#pragma once

#include <optional>

#include "base/error.hpp"
#include "broker/broker.hpp"

namespace gateway {

/// What a subscription asks of its broker, as far as brokers differ in it.
struct SubscriptionNeeds {
    const Start& start;
    bool snapshot = false;
    bool patterns = false;
};

/// Why this broker cannot do it: not_supported, with its name. Nothing if it can.
[[nodiscard]] std::optional<Error> refusal(const Broker& broker, const SubscriptionNeeds& needs);
[[nodiscard]] std::optional<Error> refusal(const Broker& broker, const TopicSpec& topic);

}  // namespace gateway
