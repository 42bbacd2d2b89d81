#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/connection.hpp"

namespace gateway {

class Session;
struct Shard;

/// The sessions of one shard: those with a connection, and those that still see to what a closed
/// one left behind. Touched by the shard's thread alone.
class Sessions {
public:
    /// A live subscription, for the health report.
    struct Subscribed {
        std::uint64_t connection = 0;
        std::vector<std::string> topics;
    };

    Sessions();
    ~Sessions();

    /// Opens a session for a new connection.
    [[nodiscard]] std::shared_ptr<Session> open(Shard& shard, Connection& connection);
    [[nodiscard]] std::shared_ptr<Connection::Events> accept(Shard& shard, Connection& connection);

    /// The session is over.
    void remove(const Session& session);

    /// Lets every session finish: what it sent reaches the broker, what was delivered is
    /// committed, its connection is closed with 1001. New ones are closed at once. Calls `done`
    /// when none is left.
    void drain(std::function<void()> done);

    /// Gives up on those that are not done yet; returns how many records are lost by it.
    std::size_t abandon();

    /// The connected session of this number, or null; and all of them.
    [[nodiscard]] Session* find(std::uint64_t number) const;
    [[nodiscard]] std::vector<Session*> connected() const;

    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] std::size_t lingering() const;
    [[nodiscard]] std::vector<Subscribed> subscriptions() const;

private:
    std::unordered_map<std::uint64_t, std::shared_ptr<Session>> sessions_;  ///< By number.
    bool is_draining_ = false;
    std::function<void()> drained_;
};

}  // namespace gateway
