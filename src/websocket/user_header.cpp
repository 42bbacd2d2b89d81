#include "websocket/user_header.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "wire/escape.hpp"

namespace gateway::websocket {

namespace {

constexpr unsigned bits_before_v4 = 96;
constexpr unsigned bits_of_v6 = 128;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool has_control(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < ' ' || byte == 0x7F) return true;
        // U+0080 to U+009F.
        if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
    }
    return false;
}

const char* fault_of(std::string_view value) {
    if (value.empty()) return "is empty";
    if (value.size() > max_user_bytes) return "has more than 255 bytes";
    if (!is_utf8(value)) return "is not UTF-8";
    if (has_control(value)) return "has control characters";
    if (value.find(',') != value.npos) return "has a comma, or came twice";
    return nullptr;
}

HttpReply refusal(int status, std::string_view header, std::string_view why) {
    return {.status = status,
            .headers = {{"Content-Type", "text/plain"}},
            .body = fmt::format("{} {}\n", header, why)};
}

}  // namespace

UserHeader::UserHeader(const Options& options) : name_(options.user_header) {
    for (const std::string& network : options.user_header_from) networks_.push_back(parse(network));
}

std::optional<HttpReply> UserHeader::read(const std::string& value, const asio::ip::address& peer,
                                          std::string& user) const {
    if (!is_believed(peer)) {
        return refusal(403, name_,
                       "is not believed from this address; see websocket.user_header_from");
    }
    if (const char* const fault = fault_of(value)) return refusal(400, name_, fault);
    user = value;
    return std::nullopt;
}

bool UserHeader::is_among(const std::string& names) const {
    if (name_.empty()) return false;
    constexpr std::string_view between = ", \t";
    std::size_t begin = names.find_first_not_of(between);
    while (begin != names.npos) {
        const std::size_t end = std::min(names.find_first_of(between, begin), names.size());
        const std::string_view each = std::string_view(names).substr(begin, end - begin);
        if (std::ranges::equal(each, name_, {}, lower, lower)) return true;
        begin = names.find_first_not_of(between, end);
    }
    return false;
}

UserHeader::Bytes UserHeader::bytes_of(const asio::ip::address& address) {
    if (address.is_v6()) return address.to_v6().to_bytes();
    return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
}

UserHeader::Network UserHeader::parse(const std::string& text) {
    const std::size_t slash = text.find('/');
    std::error_code error;
    const auto address = asio::ip::make_address(text.substr(0, slash), error);
    Network network{bytes_of(address), bits_of_v6};
    const unsigned before = address.is_v4() ? bits_before_v4 : 0;
    bool is_network = !error;
    if (slash != text.npos) {
        const char* const end = text.data() + text.size();
        const auto [behind, problem] = std::from_chars(text.data() + slash + 1, end, network.bits);
        is_network = is_network && problem == std::errc() && behind == end &&
                     network.bits <= bits_of_v6 - before;
        network.bits += before;
    }
    if (is_network) return network;
    throw std::invalid_argument(fmt::format(
        "websocket.user_header_from: \"{}\" is no address and no network, as 10.0.0.0/8", text));
}

bool UserHeader::is_believed(const asio::ip::address& peer) const {
    const Bytes from = bytes_of(peer);
    return std::ranges::any_of(networks_, [&](const Network& network) {
        const std::size_t whole = network.bits / 8;
        const unsigned rest = network.bits % 8;
        if (!std::equal(from.begin(), from.begin() + whole, network.address.begin())) return false;
        return rest == 0 || ((from.at(whole) ^ network.address.at(whole)) >> (8 - rest)) == 0;
    });
}

}  // namespace gateway::websocket
