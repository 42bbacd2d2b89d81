#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "broker/record.hpp"

namespace gateway {

/// Which records a subscription lets through: those that have one of its keys, where it has such.
///
/// Copies share what they hold, which never changes.
class Selection {
public:
    /// Without keys every record is let through.
    void set_keys(const std::vector<std::string_view>& keys);
    void clear_keys() { keys_.reset(); }

    [[nodiscard]] bool lets_through(const Record& record) const {
        return !keys_ || has_key_of(record);
    }

    /// Sorted, each once.
    [[nodiscard]] std::optional<std::vector<std::string>> keys() const;

private:
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    using Keys = std::unordered_set<std::string, Hash, std::equal_to<>>;

    [[nodiscard]] bool has_key_of(const Record& record) const;

    std::shared_ptr<const Keys> keys_;
};

}  // namespace gateway
