#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <asio/steady_timer.hpp>

#include "amqp/channel.hpp"
#include "broker/record.hpp"

namespace gateway::amqp {

class Link;

/// What is to be there.
struct Declaration {
    Destination what = Destination::topic;
    std::string name;

    /// A topic is made where it does not exist. A queue always is; an exchange, never.
    bool creates = false;
};

/// Sends it, to be answered by `answer_to` of the same declaration.
void send_declaration(Link& link, std::uint16_t channel, const Declaration& declaration);
[[nodiscard]] amqp_method_number_t answer_to(const Declaration& declaration);

/// What the broker has against a declaration, as a client is told.
[[nodiscard]] Error refusal_of(const Declaration& declaration, const Closing& closing);

/// Declares one thing after the other on a channel of its own: each that is refused costs it the
/// channel, and nobody else.
class Declarer final : public Channel {
public:
    using OnDeclared = std::function<void(const std::optional<Error>&)>;

    explicit Declarer(Connection& owner) : owner_(owner) {}

    /// Waits for the connection's first try, but fails at once where that had no success, or as
    /// soon as the connection is lost: with broker_unavailable; with request_timeout after
    /// `timeout`.
    void declare(Declaration declaration, std::chrono::milliseconds timeout, OnDeclared done);

    void opened() override;
    void lost(const Error& error, bool is_permanent) override;
    void closed(const Closing& closing) override;
    void answered(const amqp_method_t& method) override;

private:
    struct Task {
        Declaration declaration;
        OnDeclared done;
        std::unique_ptr<asio::steady_timer> deadline;
    };

    void next();
    void finish(const std::optional<Error>& error);

    Connection& owner_;
    std::deque<std::shared_ptr<Task>> tasks_;  ///< The first is sent while `is_asking_`.
    bool is_asking_ = false;
};

}  // namespace gateway::amqp
