#include "deliveries/client_id.hpp"

#include <charconv>

namespace gateway::deliveries {

std::optional<ClientId> ClientId::parse(std::string_view text) {
    const std::size_t dot = text.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return std::nullopt;
    const std::string_view digits = text.substr(dot + 1);
    if (digits.empty() || digits.front() == '0') return std::nullopt;
    ClientId id{text.substr(0, dot)};
    const char* const end = digits.data() + digits.size();
    const auto [behind, error] = std::from_chars(digits.data(), end, id.number);
    if (error != std::errc() || behind != end) return std::nullopt;
    return id;
}

}  // namespace gateway::deliveries
