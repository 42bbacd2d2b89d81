#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engineio/heartbeat.hpp"
#include "engineio/options.hpp"
#include "engineio/outbound.hpp"
#include "engineio/payload.hpp"
#include "engineio/reply.hpp"
#include "gateway/connection.hpp"
#include "gateway/exchange.hpp"

namespace gateway::engineio {

/// One Engine.IO session: a connection that is carried by HTTP requests, by a WebSocket, or by the
/// one first and then the other.
///
/// Whoever speaks on it sees a Connection: messages of the client are received, and messages sent
/// to it count as written once what carries them is. Below it are exchanges and a WebSocket, which
/// come and go. It is closed when its client says so or is lost, when a request or the WebSocket
/// that carries it breaks off, and when the client breaks the protocol.
///
/// Has no clock: its host keeps the alarms. Shared, since those below outlive it and hold it
/// weakly. Everything happens on one thread.
class Session final : public Connection, public std::enable_shared_from_this<Session> {
public:
    enum class Alarm : std::uint8_t { heartbeat, upgrade, resume };

    /// Who has it. Must outlive it.
    class Host {
    public:
        /// Calls `alarm` after this time, in an event of its own; replaces what was set before.
        virtual void set_alarm(Session& session, Alarm alarm, std::chrono::milliseconds delay) = 0;

        /// It is closed, and its alarms are to be forgotten. Called once, maybe from within any
        /// call but those of Connection.
        virtual void ended(Session& session) = 0;

    protected:
        ~Host() = default;
    };

    struct Handshake {
        Dialect dialect{};
        std::string id{};
        bool is_polling = true;  ///< So it may be upgraded to a WebSocket.
        std::string user{};      ///< Who began it; HttpRequest::user.
    };

    /// `host` and `options` must outlive it.
    Session(Host& host, const Options& options, Handshake handshake);
    ~Session();

    /// Must be called first. `events` may send at once.
    void open(std::shared_ptr<Connection::Events> events);

    /// A GET. Its reply is the packets that wait, or come.
    [[nodiscard]] std::shared_ptr<Exchange::Events> poll(Exchange& exchange);

    /// A POST, with packets. Its reply, which the next POST must wait for, comes once they are
    /// received. Pausing the reading holds it back, but not in the way of an upgrade: with that its
    /// rest is received all the same.
    [[nodiscard]] std::shared_ptr<Exchange::Events> post(Exchange& exchange, Payload payload);

    /// A WebSocket: the one that the session begins with, or one that would take over.
    [[nodiscard]] std::shared_ptr<Connection::Events> attach(Connection& socket);

    void alarm(Alarm alarm);

    /// Closes without waiting for what was sent.
    void end(CloseCode code);

    [[nodiscard]] const std::string& id() const { return handshake_.id; }
    [[nodiscard]] const std::string& user() const { return handshake_.user; }

    void send_text(std::string text) override;
    void send_binary(std::string bytes) override;
    void send_shared(const std::shared_ptr<const SharedFrame>& frame) override;
    void pause_reading() override;
    void resume_reading() override;
    void close(CloseCode code) override;

private:
    struct Poll;
    struct Post;
    struct Socket;

    [[nodiscard]] std::string handshake() const;
    void send(PacketType type, std::string data = {});
    void flush();
    void reply_to_poll();
    void reply_to_poll(PacketType type);
    void written(const Outbound::Carried& carried);

    void received(const Packet& packet);
    void received_message(const Packet& packet);
    void beat();

    void received(const Socket& socket, const std::optional<Packet>& packet);
    void received_from_candidate(const std::optional<Packet>& packet);
    void upgrade();
    void drop_candidate(CloseCode code);
    void work_on_post();
    void drain_post();
    void take_from_post();
    void hold_post();
    void answer_post(HttpReply reply);

    void poll_ended(const Poll& poll, bool is_written);
    void post_ended(const Post& post);
    void socket_written(Socket& socket, std::size_t frames);
    void socket_closed(const Socket& socket);

    [[nodiscard]] bool may_read() const;
    void update_reading();
    void set_heartbeat();
    void check_heartbeat();

    Host& host_;
    const Options& options_;
    Handshake handshake_;
    Heartbeat heartbeat_;
    Outbound outbound_;
    std::shared_ptr<Connection::Events> events_;  ///< Null once it is closed.
    std::shared_ptr<Poll> poll_;                  ///< The GET that waits for packets.
    std::shared_ptr<Post> post_;                  ///< The POST that is not received whole.
    std::shared_ptr<Socket> socket_;              ///< Carries the session.
    std::shared_ptr<Socket> candidate_;           ///< Would carry it.
    bool is_probed_ = false;                      ///< The candidate has asked, and was answered.
    std::size_t replies_ = 0;  ///< To polls, not yet written: the next one must wait.
    bool wants_reading_ = true;
    bool is_socket_paused_ = false;
    bool is_closing_ = false;
    bool has_moved_ = false;  ///< Something was written since the last alarm.
};

}  // namespace gateway::engineio
