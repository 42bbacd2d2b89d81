#pragma once

#include <amqp.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace gateway::amqp {

class Connection;

/// A message as it came. All views, valid during the call.
struct Content {
    bool is_returned = false;  ///< It could not be routed; else it is delivered.
    std::uint64_t tag = 0;     ///< Of a delivery.
    std::string_view exchange;
    std::string_view routing_key;
    const amqp_basic_properties_t* properties = nullptr;
    std::string_view body;
};

/// Why the broker closed a channel.
struct Closing {
    std::uint16_t code = 0;
    amqp_method_number_t cause = 0;  ///< The method that it did not like, or 0.
    std::string text;
};

/// One channel of a connection, opened anew each time that the connection stands again. All calls
/// are made on the connection's thread, and none from within a call of the channel's to it.
class Channel {
public:
    virtual ~Channel() = default;

    /// It may send, and what it sends is answered in order.
    virtual void opened() = 0;

    /// The connection is lost, or could not be made: called for every try that fails. With
    /// limit_reached the connection stands, and has no channel left.
    virtual void lost(const Error& error, bool is_permanent) = 0;

    /// The broker closed this channel alone, which knows nothing any more of what was sent on it.
    /// It stays closed until `Connection::reopen`.
    virtual void closed(const Closing& closing) = 0;

    virtual void answered(const amqp_method_t& method) = 0;
    virtual void arrived(const Content& /*content*/) {}

    /// All that had arrived is handed over, and something of it was this channel's.
    virtual void turn_ended() {}

    /// The broker takes nothing from this connection, or does again.
    virtual void blocked(bool /*is_blocked*/) {}

protected:
    /// Sends a method of the channel's; once it is closed or lost, nothing.
    template <typename Method>
    void send(amqp_method_number_t id, Method method) {
        send(id, static_cast<void*>(&method));
    }

    [[nodiscard]] bool is_open() const { return connection_ != nullptr; }
    [[nodiscard]] Connection& connection() const { return *connection_; }
    [[nodiscard]] std::uint16_t number() const { return number_; }

private:
    friend class Connection;

    void send(amqp_method_number_t id, void* method);

    Connection* connection_ = nullptr;  ///< While it is open.
    std::uint16_t number_ = 0;
};

}  // namespace gateway::amqp
