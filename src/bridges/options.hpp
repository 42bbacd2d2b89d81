#pragma once

#include <string>

namespace gateway::bridges {

/// One entry of `services.bridges`: a service that speaks to a broker instead of to us.
struct Options {
    std::string service{};   ///< By which it is called.
    std::string broker{};    ///< The name of the one it is at; empty: the default broker.
    std::string requests{};  ///< The topic, or the queue, that it reads.

    /// The topic, or the queue, that it is asked to answer in. Empty: on a broker with queues one
    /// of this server's own, elsewhere "<requests>.replies".
    std::string replies{};

    unsigned credit = 1000;  ///< Jobs that it may have at once; further ones wait.
    std::string where{};     ///< Which errors begin with.
};

}  // namespace gateway::bridges
