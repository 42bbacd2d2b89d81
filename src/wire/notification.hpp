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

/// Appends a notification; a value that is not UTF-8 as base64, an absent one as null.
/// With `is_json` the value stands in the message as it is. `meta` may be null.
void append_notification(std::string& out, std::uint64_t id, std::optional<std::string_view> value,
                         bool is_json, const NotificationMeta* meta);

}  // namespace gateway
