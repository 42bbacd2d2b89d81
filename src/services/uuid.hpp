#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::services {

/// The name of a job: a UUID (RFC 9562).
struct Uuid {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    friend bool operator==(const Uuid&, const Uuid&) = default;
};

/// Version 4: 122 bits of the system's randomness, which nobody can guess. Any thread. Throws
/// std::system_error if the system has none.
[[nodiscard]] Uuid random_uuid();

/// "67e55044-10b1-426f-9247-bb680e5fe0c8", and back; either case is read, and any version.
[[nodiscard]] std::string to_string(const Uuid& uuid);
[[nodiscard]] std::optional<Uuid> parse_uuid(std::string_view text);

}  // namespace gateway::services

template <>
struct std::hash<gateway::services::Uuid> {
    std::size_t operator()(const gateway::services::Uuid& uuid) const noexcept {
        // They are random, and the low half is so but for two bits.
        return uuid.low;
    }
};
