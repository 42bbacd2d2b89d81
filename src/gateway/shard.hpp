#pragma once

#include <asio/any_io_executor.hpp>

#include "filter/candidate.hpp"
#include "filter/filters.hpp"
#include "gateway/brokers.hpp"
#include "gateway/counters.hpp"
#include "gateway/health.hpp"
#include "gateway/node.hpp"
#include "gateway/options.hpp"
#include "gateway/sessions.hpp"
#include "wire/json_check.hpp"
#include "wire/parser.hpp"

namespace gateway {

class Broadcasts;
class Nodes;
class Routing;
class Services;

/// What the sessions of one thread share. Touched by that thread alone, but for what is atomic.
struct Shard {
    asio::any_io_executor executor;
    const SessionOptions& options;
    const Brokers& brokers;
    const Health& health;
    Counters& counters;
    Broadcasts* broadcasts = nullptr;  ///< Null: there are none.
    Routing* routing = nullptr;        ///< Null: there are no routes.
    Nodes* nodes = nullptr;            ///< Null: this server knows of no other.
    Services* services = nullptr;      ///< Null: there are none.
    Node node{};

    Parser parser{options.requests.max_messages};
    JsonCheck json_check{};
    Filters filters{options.consumer.filter};
    Candidate candidate{};
    Sessions sessions{};
};

}  // namespace gateway
