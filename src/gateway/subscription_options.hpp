#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "broker/start.hpp"
#include "gateway/notification_frame.hpp"
#include "gateway/selection.hpp"
#include "gateway/topic_choice.hpp"
#include "wire/message.hpp"

namespace gateway {

/// What a client asks for when it subscribes.
struct SubscriptionOptions {
    std::uint64_t number = 0;  ///< Tells this session's subscriptions apart.
    TopicChoice topics{};
    std::string group{};  ///< Empty: a broadcast.
    Start start = FromLatest{};
    Selection selection{};
    NotificationFrame::Options frame{};
    std::optional<std::chrono::milliseconds> interval{};  ///< Absent: nothing waits.
    std::size_t max_unacked = 0;                          ///< 0: what is written is acknowledged.
    bool snapshot = false;        ///< A broadcast begins with the newest record of each key.
    bool batches_itself = false;  ///< Takes no frames that others get too.
    bool pulls = false;           ///< Takes as many records as `pull` asks for.
    Subscribe::Slow slow = Subscribe::Slow::pause;
};

}  // namespace gateway
