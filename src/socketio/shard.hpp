#pragma once

#include <asio/any_io_executor.hpp>

#include "socketio/options.hpp"
#include "socketio/peer.hpp"
#include "wire/json_array.hpp"
#include "wire/json_check.hpp"

namespace gateway::socketio {

/// What the sessions of one thread share. Touched by that thread alone.
struct Shard {
    asio::any_io_executor executor;
    const Options& options;
    Peer::Accept accept;

    JsonArray json_array{};
    JsonCheck json_check{};
};

}  // namespace gateway::socketio
