#include "load/address.hpp"

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace bench {

Address parse_address(const std::string& url) {
    constexpr std::string_view prefix = "ws://127.0.0.1:";
    if (!url.starts_with(prefix)) throw std::runtime_error("the load goes only to ws://127.0.0.1:");
    Address address;
    const char* const end = url.data() + url.size();
    const auto [rest, error] = std::from_chars(url.data() + prefix.size(), end, address.port);
    if (error != std::errc()) throw std::runtime_error("there is no port in " + url);
    if (rest != end) address.path.assign(rest, end);
    return address;
}

}  // namespace bench
