#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
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

    /// Opens a session for a new connection, of this user; empty: nobody has told its name.
    [[nodiscard]] std::shared_ptr<Session> open(Shard& shard, Connection& connection,
                                                const std::string& user = {});
    [[nodiscard]] std::shared_ptr<Connection::Events> accept(Shard& shard, Connection& connection,
                                                             const std::string& user = {});

    /// The session is over.
    void remove(Session& session);

    /// Lets every session finish: what it sent reaches the broker, what was delivered is
    /// committed, its connection is closed with 1001. New ones are closed at once. Calls `done`
    /// when none is left.
    void drain(std::function<void()> done);

    /// Looks again whether they are done.
    void settle();

    /// Gives up on those that are not done yet; returns how many records are lost by it.
    std::size_t abandon();

    /// The connected session of this number, or null; and all of them.
    [[nodiscard]] Session* find(std::uint64_t number) const;
    [[nodiscard]] std::vector<Session*> connected() const;

    /// The connected sessions of a user; none of the empty name.
    [[nodiscard]] std::vector<Session*> of_user(const std::string& user) const;

    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] std::size_t lingering() const;
    [[nodiscard]] std::vector<Subscribed> subscriptions() const;

private:
    [[nodiscard]] std::vector<std::shared_ptr<Session>> all() const;

    std::unordered_map<std::uint64_t, std::shared_ptr<Session>> sessions_;  ///< By number.
    std::unordered_map<std::string, std::unordered_set<Session*>> by_user_;
    bool is_draining_ = false;
    std::function<void()> drained_;
};

}  // namespace gateway
