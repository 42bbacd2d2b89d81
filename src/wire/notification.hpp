#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/header.hpp"

namespace gateway {

/// What `"meta":true` adds to a notification.
struct NotificationMeta {
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::int64_t timestamp = -1;
    std::optional<std::string_view> key;
    std::span<const Header> headers;
};

/// Records that a subscription does not get.
struct NotificationGap {
    /// What the broker holds of the partition.
    struct Kept {
        std::int64_t earliest = 0;
        std::int64_t latest = 0;
    };

    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t from = 0;       ///< The first offset that is left out.
    std::int64_t to = 0;         ///< The first one after them.
    std::optional<Kept> kept{};  ///< Where the records are gone from the broker.
};

/// Each appends one message. `sub` is the subscription's name as `append_string` writes it, or
/// empty for the subscription without a name.

/// A value that is not UTF-8 stands as base64, an absent one as null. With `is_json` the value
/// stands in the message as it is. `meta` may be null.
void append_notification(std::string& out, std::uint64_t id, std::optional<std::string_view> value,
                         bool is_json, const NotificationMeta* meta, std::string_view sub = {});

void append_gap(std::string& out, std::uint64_t id, std::string_view sub,
                const NotificationGap& gap);

/// What a service sends to one client. `refid` is the JSON text of the request's id that it
/// answers, or empty; `payload` is JSON.
void append_delivery(std::string& out, std::uint64_t id, std::string_view refid,
                     std::string_view payload);

/// The snapshot is complete; what follows is live.
void append_snapshot_end(std::string& out, std::uint64_t id, std::string_view sub);

}  // namespace gateway
