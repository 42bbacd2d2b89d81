#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/close_code.hpp"

namespace gateway {

/// A text frame made once, that any number of connections on any threads send.
class SharedFrame {
public:
    virtual ~SharedFrame() = default;
    [[nodiscard]] virtual std::string_view text() const = 0;
    [[nodiscard]] std::size_t size() const { return text().size(); }
};

/// Makes a text, which is UTF-8, a frame for all connections of a listener. Any thread may call it.
using MakeSharedFrame = std::function<std::shared_ptr<const SharedFrame>(std::string text)>;

/// One WebSocket, as the one who speaks on it sees it.
///
/// It lives on one thread: every call and every event is made there.
class Connection {
public:
    /// What a connection tells the one who speaks on it. The views end with the call.
    class Events {
    public:
        virtual ~Events() = default;

        /// A whole text message; it is UTF-8.
        virtual void received_text(std::string_view text) = 0;

        virtual void received_binary(std::string_view bytes) = 0;

        /// So many of the frames sent, from the oldest on, have left for the network. Never called
        /// from within `send`.
        virtual void written(std::size_t frames) = 0;

        /// The connection is gone; it must not be called any more. Called once, also after `close`.
        virtual void closed() = 0;
    };

    /// Called for each new connection, of the user of this name, which is empty if nobody has told
    /// it; `connection` lives until its `closed`.
    using Accept =
        std::function<std::shared_ptr<Events>(Connection& connection, const std::string& user)>;

    /// Sends a message in a frame of its own. Takes whatever it is given: the caller bounds what is
    /// under way by counting `written`.
    virtual void send_text(std::string text) = 0;
    virtual void send_binary(std::string bytes) = 0;

    /// A frame that a listener of WebSockets has made.
    virtual void send_shared(const std::shared_ptr<const SharedFrame>& frame) = 0;

    /// Stops and goes on reading; calling one twice is harmless. What was read already, at most a
    /// read buffer's worth, may still be received after a pause.
    virtual void pause_reading() = 0;
    virtual void resume_reading() = 0;

    /// Closes after what was sent before; the client may take some seconds to agree. Until then it
    /// is read again, whatever was asked for before.
    virtual void close(CloseCode code) = 0;

protected:
    ~Connection() = default;
};

}  // namespace gateway
