#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gateway {

/// Milliseconds since 1970 of a time as RFC 3339, section 5.6, writes it
/// ("2024-05-17T08:30:00.5Z"), and besides without the seconds, or as a date alone, which is its
/// midnight UTC. A fraction of any length is cut at the millisecond. Nothing where it is no such
/// text or no such day, or says no offset from UTC; nor for a leap second, which this count does
/// not have.
[[nodiscard]] std::optional<std::int64_t> parse_timestamp(std::string_view text);

}  // namespace gateway
