#include "wire/number.hpp"

#include <cstddef>

namespace gateway {

namespace {

/// Takes the digits at the front; how many there were.
std::size_t take_digits(std::string_view& text) {
    std::size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
    text.remove_prefix(count);
    return count;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

bool is_json_number(std::string_view text) {
    take(text, "-");
    if (!take(text, "0") && take_digits(text) == 0) return false;
    if (take(text, ".") && take_digits(text) == 0) return false;
    if (take(text, "eE")) {
        take(text, "+-");
        if (take_digits(text) == 0) return false;
    }
    return text.empty();
}

}  // namespace gateway
