#include "engineio/random_id.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "wire/base64.hpp"

namespace gateway::engineio {

std::string random_id() {
    std::array<char, 15> bytes;
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    std::string id;
    append_base64(id, std::string_view(bytes.data(), bytes.size()));
    // As it may stand in a URL: RFC 4648, section 5.
    std::ranges::replace(id, '+', '-');
    std::ranges::replace(id, '/', '_');
    return id;
}

}  // namespace gateway::engineio
