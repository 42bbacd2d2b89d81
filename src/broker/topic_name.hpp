#pragma once

#include <array>
#include <string_view>

namespace gateway {

/// Whether `name` may name a topic: Kafka's rule (org.apache.kafka.common.internals.Topic), 1 to
/// 249 characters of a-z A-Z 0-9 . _ -, and neither "." nor "..".
[[nodiscard]] constexpr bool is_topic_name(std::string_view name) {
    constexpr auto allowed = [] {
        std::array<bool, 256> table{};
        for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789._-")) {
            table[static_cast<unsigned char>(c)] = true;
        }
        return table;
    }();
    if (name.empty() || name.size() > 249 || name == "." || name == "..") return false;
    for (const char c : name) {
        if (!allowed[static_cast<unsigned char>(c)]) return false;
    }
    return true;
}

}  // namespace gateway
