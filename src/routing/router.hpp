#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "filter/candidate.hpp"
#include "gateway/brokers.hpp"
#include "gateway/node.hpp"
#include "gateway/routing.hpp"
#include "routing/table.hpp"

namespace gateway::routing {

/// Routes the messages of one shard's sessions, on its thread alone.
///
/// A message is read once, whatever the routes ask of it. Its records carry what a service needs
/// to answer: protocol/README.md lists their headers.
class Router final : public Routing {
public:
    /// Everything passed by reference must outlive it. The table is of these brokers.
    Router(const Table& table, const Brokers& brokers, const Node& node);

    [[nodiscard]] Result<std::span<const RoutedRecord>> route(std::string_view message,
                                                              std::string_view client,
                                                              std::string_view user) override;

private:
    /// What a record of the message points into; one for each that there can be.
    struct Slot {
        std::string name;
        std::string routing_key;
        std::string value;
        std::vector<Header> headers;
    };

    void add(const Route& route, const Subject& subject, std::string_view message);
    void set_headers(const Subject& subject);

    const Table& table_;
    const Brokers& brokers_;
    const Node& node_;
    Candidate candidate_;
    std::string client_;
    std::string user_;
    std::vector<Header> headers_;  ///< Of the message, whatever the route.
    std::vector<Slot> slots_;
    std::vector<RoutedRecord> records_;
};

}  // namespace gateway::routing
