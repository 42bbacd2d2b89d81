#pragma once

#include <optional>
#include <utility>

#include "gateway/exchange.hpp"

namespace gateway {

/// An exchange that keeps its reply.
struct RecordedExchange final : Exchange {
    void reply(HttpReply reply) override { replied = std::move(reply); }

    /// What the reply holds; empty if there is none yet.
    [[nodiscard]] std::string body() const { return replied ? replied->body : ""; }
    [[nodiscard]] int status() const { return replied ? replied->status : 0; }

    std::optional<HttpReply> replied{};
};

}  // namespace gateway
