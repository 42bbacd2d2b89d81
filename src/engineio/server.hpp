#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "engineio/options.hpp"
#include "engineio/query.hpp"
#include "engineio/reply.hpp"
#include "engineio/session.hpp"
#include "gateway/alarm.hpp"
#include "gateway/resource.hpp"

namespace gateway::engineio {

class Server;

/// The servers of all threads. Each request of a client may come in on another one, since each may
/// be a connection of its own, while its session lives with the one that began it.
struct Servers {
    std::vector<Server*> all{};            ///< Fixed once the threads run.
    std::atomic<std::size_t> sessions{0};  ///< Of all of them together.
};

/// The sessions of one thread, as what is served at a path.
///
/// A session's id names the server that has it; what comes in elsewhere is relayed there. It is
/// of the user who began it: to another one it is unknown.
class Server final : public Resource, private Session::Host {
public:
    /// Who speaks on a new session; `connection` lives until its `closed`.
    using Accept =
        std::function<std::shared_ptr<Connection::Events>(Connection& connection, Dialect)>;

    /// Joins `servers`. What is passed by reference must outlive it; `executor` is its thread's.
    Server(asio::any_io_executor executor, const Options& options, Servers& servers, Accept accept);
    ~Server() override;
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Refuses new sessions; those there are go on.
    void stop_accepting() { is_accepting_ = false; }

    /// Ends every session at once.
    void stop();

    [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
    [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

    [[nodiscard]] std::size_t max_message_bytes() const override { return options_.max_payload; }
    [[nodiscard]] std::vector<HttpHeader> headers(const HttpRequest& request) const override;
    [[nodiscard]] bool judges_origins() const override { return true; }
    [[nodiscard]] std::optional<HttpReply> refuses(const HttpRequest& request) override;
    [[nodiscard]] std::shared_ptr<Connection::Events> accept(Connection& connection,
                                                             const HttpRequest& request) override;
    [[nodiscard]] std::shared_ptr<Exchange::Events> requested(Exchange& exchange,
                                                              HttpRequest request) override;

    /// A request of a session that lives here, or did.
    [[nodiscard]] std::shared_ptr<Exchange::Events> serve(Exchange& exchange, HttpRequest request);

    /// A WebSocket of `user` that would carry a session that lives here, or did.
    [[nodiscard]] std::shared_ptr<Connection::Events> attach(Connection& connection,
                                                             const std::string& sid,
                                                             const std::string& user);

private:
    struct Entry {
        explicit Entry(const asio::any_io_executor& executor)
            : alarms{gateway::Alarm(executor), gateway::Alarm(executor), gateway::Alarm(executor)} {
        }

        std::shared_ptr<Session> session;
        std::array<gateway::Alarm, 3> alarms;  ///< By Session::Alarm.
    };

    [[nodiscard]] std::optional<Refusal> check(const HttpRequest& request, const Query& query,
                                               std::string_view transport) const;
    [[nodiscard]] bool is_allowed(const HttpRequest& request) const;
    [[nodiscard]] Server* server_of(std::string_view sid) const;
    [[nodiscard]] std::shared_ptr<Session> find(const std::string& sid,
                                                const std::string& user) const;
    [[nodiscard]] Session& open(const Query& query, bool is_polling, const std::string& user);

    void set_alarm(Session& session, Session::Alarm alarm,
                   std::chrono::milliseconds delay) override;
    void ended(Session& session) override;

    asio::any_io_executor executor_;
    const Options& options_;
    Servers& servers_;
    Accept accept_;
    std::string mark_;  ///< What the ids of its sessions end with.
    bool is_accepting_ = true;
    std::unordered_map<std::string, std::unique_ptr<Entry>> sessions_;
};

}  // namespace gateway::engineio
