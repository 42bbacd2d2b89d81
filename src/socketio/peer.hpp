#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/close_code.hpp"

namespace gateway::socketio {

/// The binary values of an event or an ack. In its arguments the value of number n is
/// `{"_placeholder":true,"num":n}`.
using Attachments = std::span<const std::string>;

/// What a client has emitted. The views end with the call that hands it over.
struct Event {
    std::string_view name;
    std::span<const std::string_view> arguments;  ///< The JSON text of each.
    std::optional<std::uint64_t> ack;  ///< The client waits for `Peer::acknowledge` of this.
    bool is_binary = false;            ///< Placeholders stand in the arguments.
    Attachments attachments{};         ///< None if there are more than `max_attachments`.
};

/// One client that is connected to a namespace, as the one who serves it sees it.
///
/// It lives on one thread: every call and every event is made there.
class Peer {
public:
    /// What a peer tells the one who serves it.
    class Events {
    public:
        virtual ~Events() = default;

        /// The client knows that it is connected: from now on it may be sent something.
        virtual void connected() = 0;

        virtual void received(const Event& event) = 0;

        /// So many of what was emitted or acknowledged, from the oldest on, have left for the
        /// network. Never called from within `emit` or `acknowledge`.
        virtual void written(std::size_t count) = 0;

        /// The client is gone, and the peer must not be called any more. Called once, also after
        /// `disconnect` and `close`.
        virtual void disconnected() = 0;
    };

    struct Request {
        std::string_view name_space;
        std::string_view auth;  ///< A JSON object; clients of Socket.IO 1 and 2 send none.
    };

    /// Called for each client that asks for a namespace; `peer` lives until its `disconnected`.
    /// Null tells the client that there is no such namespace.
    using Accept = std::function<std::shared_ptr<Events>(Peer& peer, const Request& request)>;

    /// `arguments` are JSON texts with commas between them. Takes whatever it is given: the caller
    /// bounds what is under way by counting `written`.
    virtual void emit(std::string_view name, std::string_view arguments,
                      Attachments attachments = {}) = 0;

    /// Answers the event that has asked so. To be called once for it.
    virtual void acknowledge(std::uint64_t ack, std::string_view arguments,
                             Attachments attachments = {}) = 0;

    /// Stops and goes on reading, as Connection does.
    virtual void pause_reading() = 0;
    virtual void resume_reading() = 0;

    /// After what was sent before, ends the namespace, and clients do not come back by themselves.
    virtual void disconnect() = 0;

    /// After what was sent before, ends the whole connection, and clients do come back.
    virtual void close(CloseCode code) = 0;

protected:
    ~Peer() = default;
};

}  // namespace gateway::socketio
