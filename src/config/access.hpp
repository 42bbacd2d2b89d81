#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/setting.hpp"

namespace gateway::config {

/// Where a broker is and how it is entered, as the entries of `brokers` say it for every kind.
struct Access {
    struct Host {
        std::string name;
        std::uint16_t port = 0;  ///< 0: the kind's own.
    };

    /// `tls: true`, or a map of these.
    struct Tls {
        bool enabled = false;
        std::string ca{};    ///< File of the authorities trusted; empty: the system's.
        std::string cert{};  ///< File of the certificate shown; empty: none.
        std::string key{};   ///< File of its private key.
        bool verify = true;  ///< The broker's certificate and its name.
    };

    std::vector<Host> hosts{};  ///< `hosts`, `bootstrap`, or one `host` and its `port`.
    std::optional<std::string> user{};
    std::optional<std::string> password{};
    std::optional<std::string> vhost{};  ///< Also spelled `vHost`, as Athena does.
    Tls tls{};
    std::vector<std::string> where{};  ///< Of every setting taken, the first first.
};

/// The keys of an entry that are about access.
[[nodiscard]] const std::vector<std::string>& access_words();

/// Takes those of `settings` that are about access, the later over the earlier, and leaves the
/// rest. Throws Error for a value that is not allowed, and for a port without its host.
[[nodiscard]] Access take_access(std::vector<Setting>& settings);

}  // namespace gateway::config
