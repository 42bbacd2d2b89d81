#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <asio/ip/address.hpp>

#include "gateway/exchange.hpp"
#include "websocket/options.hpp"

namespace gateway::websocket {

/// Of a user's name, as protocol/README.md has it.
constexpr std::size_t max_user_bytes = 255;

/// The header in which a proxy that authenticates clients names their user.
///
/// It is believed from the addresses of proxies alone. Who else sends it is refused, as is one that
/// does not say clearly who it is: nobody is let in as someone they may not be, or as nobody by
/// mistake. Does not change; any thread.
class UserHeader {
public:
    /// Throws std::invalid_argument for what is no address and no network.
    explicit UserHeader(const Options& options);

    /// Empty: no header names a user.
    [[nodiscard]] const std::string& name() const { return name_; }

    /// Makes `user` who the header's value names in a request of `peer`, or says why the request is
    /// refused. Of a header that comes twice, the value is both, with a comma between them.
    [[nodiscard]] std::optional<HttpReply> read(const std::string& value,
                                                const asio::ip::address& peer,
                                                std::string& user) const;

    /// Whether a list of headers' names, with commas between them, has this one.
    [[nodiscard]] bool is_among(const std::string& names) const;

private:
    /// IPv4 ones as they stand in IPv6.
    using Bytes = std::array<unsigned char, 16>;

    struct Network {
        Bytes address{};
        unsigned bits = 0;  ///< So many from the front are the network's.
    };

    [[nodiscard]] static Bytes bytes_of(const asio::ip::address& address);
    [[nodiscard]] static Network parse(const std::string& text);
    [[nodiscard]] bool is_believed(const asio::ip::address& peer) const;

    std::string name_;
    std::vector<Network> networks_;
};

}  // namespace gateway::websocket
