#include "base/number.hpp"

namespace gateway {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Behind the digits that begin at `at`.
const char* after_digits(const char* at, const char* end) {
    while (at != end && is_digit(*at)) ++at;
    return at;
}

}  // namespace

bool is_json_number(std::string_view text) {
    const char* at = text.data();
    const char* const end = at + text.size();
    const auto digits = [&] {
        const char* const begin = at;
        at = after_digits(at, end);
        return at != begin;
    };
    if (at != end && *at == '-') ++at;
    if (at != end && *at == '0') {
        ++at;
    } else if (!digits()) {
        return false;
    }
    if (at != end && *at == '.') {
        ++at;
        if (!digits()) return false;
    }
    if (at != end && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at != end && (*at == '+' || *at == '-')) ++at;
        if (!digits()) return false;
    }
    return at == end;
}

}  // namespace gateway
