#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/connection.hpp"
#include "websocket/server.hpp"

namespace gateway::websocket {

/// A message of websocketpp's with its header, which it sends as it stands.
class PreparedFrame final : public SharedFrame {
public:
    PreparedFrame(std::string payload, websocketpp::frame::opcode::value opcode);

    [[nodiscard]] std::string_view text() const override { return message_->get_payload(); }
    [[nodiscard]] const Server::message_ptr& message() const { return message_; }

private:
    Server::message_ptr message_;
};

/// One WebSocket of websocketpp's, as a Connection.
///
/// Internal to websocket/. Belongs to its listener's thread; the endpoint passes on what
/// websocketpp tells.
class Socket final : public Connection, public std::enable_shared_from_this<Socket> {
public:
    explicit Socket(Server::connection_ptr connection);

    void open(std::shared_ptr<Connection::Events> events) { events_ = std::move(events); }

    /// websocketpp has a message, or heard a pong.
    void received(const Server::message_ptr& message);
    void heard() { is_heard_ = true; }

    /// Whether a ping should be answered: a peer that pings and does not read would otherwise make
    /// the answers grow without bound.
    [[nodiscard]] bool may_pong();

    /// Called four times in each idle timeout: pings a silent client, and closes it at the end of
    /// it.
    void check_idle();

    /// websocketpp closed it.
    void closed();

    /// Ends it without a closing handshake.
    void terminate();

    void send_text(std::string text) override;
    void send_binary(std::string bytes) override;
    void send_shared(const std::shared_ptr<const SharedFrame>& frame) override;
    void pause_reading() override;
    void resume_reading() override;
    void close(CloseCode code) override;

private:
    void send(const Server::message_ptr& message);
    void frame_written();
    void stop_reading_if_asked();

    Server::connection_ptr connection_;
    std::shared_ptr<Connection::Events> events_;
    std::size_t unwritten_ = 0;  ///< Frames given to websocketpp and not yet written.
    std::size_t written_ = 0;    ///< Frames written and not yet told.
    std::uint8_t quiet_ = 0;     ///< Quarters of the idle timeout in which nothing was heard.
    bool is_heard_ = true;
    bool wants_reading_ = true;
    bool is_stopped_ = false;  ///< websocketpp reads no more, and waits for a resume.
};

}  // namespace gateway::websocket
