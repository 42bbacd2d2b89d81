#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engineio/payload.hpp"
#include "gateway/alarm.hpp"
#include "gateway/connection.hpp"
#include "socketio/packet.hpp"
#include "socketio/shard.hpp"

namespace gateway::socketio {

/// One client's Socket.IO over its Engine.IO session: the namespaces it is connected to, each a
/// Peer, its events and what they are answered.
///
/// Speaks protocol 5 over revision 4 and protocol 4 over revision 3, where a client is connected to
/// the main namespace without asking. What breaks the protocol closes the connection; a namespace
/// that nobody serves is refused.
class Session final : public Connection::Events {
public:
    /// `shard` must outlive it.
    Session(Shard& shard, Connection& connection, engineio::Dialect dialect);
    ~Session() override;

    void received_text(std::string_view text) override;
    void received_binary(std::string_view bytes) override;
    void written(std::size_t frames) override;
    void closed() override;

private:
    class Member;

    /// A packet that was sent, in so many frames that are not yet written.
    struct Sent {
        std::size_t frames = 1;
        std::uint64_t member = 0;  ///< Who is told; 0: nobody.
        bool is_last = false;      ///< The member leaves with it.
    };

    /// A packet whose attachments are still to come.
    struct Incomplete {
        std::string text;
        std::uint32_t missing = 0;
        bool is_dropped = false;
        std::vector<std::string> attachments;
    };

    [[nodiscard]] bool is_old() const { return dialect_.revision == engineio::Revision::v3; }
    [[nodiscard]] Member* find(std::string_view name_space) const;
    [[nodiscard]] Member* find(std::uint64_t number) const;

    void received(const Packet& packet, Attachments attachments);
    void connect(const Packet& packet);
    void join(std::string_view name_space, std::string_view auth);
    void leave(Member& member);
    void received_event(Member& member, const Packet& packet, Attachments attachments);

    void send(const Packet& packet) { send(packet, Sent(), {}); }
    void send(const Packet& packet, Sent sent, Attachments attachments);
    void disconnect(Member& member);
    void close(CloseCode code);
    void update_reading();
    void await_connect();

    Shard& shard_;
    Connection& connection_;
    engineio::Dialect dialect_;
    Alarm connect_timeout_;
    std::vector<std::unique_ptr<Member>> members_;
    std::uint64_t members_made_ = 0;
    std::deque<Sent> sent_;
    std::optional<Incomplete> incomplete_;
    bool is_closing_ = false;
};

}  // namespace gateway::socketio
