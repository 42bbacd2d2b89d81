#pragma once

#include <cstddef>
#include <string_view>

#include "gateway/connection.hpp"
#include "gateway/exchange.hpp"

namespace gateway::engineio {

/// Hears of what is no session's business, or is no longer. Internal to engineio/.
struct Ignored final : Exchange::Events, Connection::Events {
    void ended(bool) override {}
    void received_text(std::string_view) override {}
    void received_binary(std::string_view) override {}
    void written(std::size_t) override {}
    void closed() override {}
};

}  // namespace gateway::engineio
