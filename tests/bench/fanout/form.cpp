#include "fanout/form.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace bench {

namespace {

constexpr std::string_view before_id = R"([{"id":)";
constexpr std::string_view behind_id = R"(,"t")";

}  // namespace

std::uint64_t messages_in(std::string_view start, std::size_t payload_bytes, const Form& form) {
    if (!start.starts_with(before_id)) return 0;
    const char* const digits = start.data() + before_id.size();
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(digits, start.data() + start.size(), id);
    const auto at = static_cast<std::size_t>(end - start.data());
    if (error != std::errc() || !start.substr(at).starts_with(behind_id)) return 0;

    // Messages are one byte longer from each power of ten on.
    std::uint64_t id_bytes = static_cast<std::uint64_t>(end - digits);
    std::uint64_t longer_from = 1;
    for (std::uint64_t i = 0; i < id_bytes; ++i) longer_from *= 10;
    std::uint64_t count = 0;
    std::uint64_t left = payload_bytes - 1;
    while (left >= form.message_bytes + id_bytes) {
        const std::uint64_t bytes = form.message_bytes + id_bytes;
        const std::uint64_t equal = std::min(left / bytes, longer_from - id);
        count += equal;
        left -= equal * bytes;
        id = longer_from;
        longer_from *= 10;
        ++id_bytes;
    }
    return count;
}

}  // namespace bench
