#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "load/address.hpp"
#include "load/frame.hpp"

namespace bench {

/// One WebSocket connection of the load generator, with as little between the caller and the
/// socket as a correct client can have. Throws std::runtime_error when the server closes it.
class Client {
public:
    using OnText = std::function<void(std::string_view payload)>;

    /// Connects and shakes hands, blocking; the socket does not block from then on.
    explicit Client(const Address& server);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    [[nodiscard]] int descriptor() const { return descriptor_; }

    /// Gives bytes of prepared frames to the socket; returns how many it took, maybe none.
    [[nodiscard]] std::size_t write(std::string_view frames);

    /// Sends one text message, waiting for room if need be.
    void send(std::string_view payload);

    /// Passes every text or binary message that has arrived to `on_text`, answers pings, and
    /// returns when the socket has no more or after a fair share. The payload is valid during the
    /// call.
    void read(const OnText& on_text);

    /// Sends a request and waits for its reply: the first message from the server that holds
    /// `"refid"`. What arrives before it is dropped. Throws if the reply is not a success.
    std::string ask(std::string_view request);

    /// Waits for the first message that holds `mark`. What arrives before it is dropped.
    std::string await(std::string_view mark);

private:
    void handshake(const Address& server);
    [[nodiscard]] bool receive();
    void take_frames(const OnText& on_text);
    void make_room();
    void write_all(std::string_view bytes);

    int descriptor_;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;  ///< Of what has been received and not yet taken.
    std::size_t end_ = 0;
};

}  // namespace bench
