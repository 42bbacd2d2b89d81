#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/header.hpp"
#include "filter/outline.hpp"

namespace gateway {

/// The record that filters are asked about.
///
/// A thread keeps one and sets it to each record in turn: its payload is parsed when a filter first
/// looks at it, once for all of them, into memory that is used again. Not thread-safe.
class Candidate {
public:
    /// A record's parts. Views, which must live until the next `set`.
    struct Parts {
        std::optional<std::string_view> value{};  ///< Absent: a tombstone, which is not JSON.
        std::optional<std::string_view> key{};
        std::span<const Header> headers{};
        std::int32_t partition = 0;
    };

    void set(const Parts& parts) {
        parts_ = parts;
        is_read_ = false;
    }

    /// Gives the record headers; what is known of its payload stays.
    void set_headers(std::span<const Header> headers) { parts_.headers = headers; }

    [[nodiscard]] const Parts& parts() const { return parts_; }

    /// What the payload holds; null where it is not JSON.
    [[nodiscard]] const Outline::Value* payload() {
        if (!is_read_) read();
        return payload_;
    }

    /// Whether the payload is JSON, all of it. One that is not matches no condition on payloads.
    [[nodiscard]] bool is_json() { return payload() != nullptr; }

    /// Whether a filter has looked for JSON in the payload and found none: what a caller counts. A
    /// tombstone has no payload.
    [[nodiscard]] bool was_found_not_json() const { return is_read_ && !payload_ && parts_.value; }

private:
    void read();

    Parts parts_;
    Outline outline_;
    const Outline::Value* payload_ = nullptr;
    bool is_read_ = false;
};

}  // namespace gateway
