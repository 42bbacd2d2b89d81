#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "fanout/dialect.hpp"
#include "load/client.hpp"

namespace bench {

/// The connection that publishes.
class Feeder {
public:
    using ValueOf = std::function<std::string(std::size_t)>;

    Feeder(const Address& server, const Dialect& dialect);

    /// Prepares frames of `per_frame` records to be sent over and over; the values are
    /// `value_of(0)` to `value_of(values - 1)`, all equally long, and then again.
    void prepare(std::size_t per_frame, std::size_t values, const ValueOf& value_of);

    /// Sends whole frames while no more than `most` records are sent, and as the socket takes
    /// them. False if the socket is full.
    [[nodiscard]] bool pump(std::uint64_t most);

    /// Sends one record at once.
    void send(const std::string& value);

    /// Records handed over until now, those of a frame that the socket has not all taken, too.
    [[nodiscard]] std::uint64_t sent() const { return sent_; }

    /// Reads what the server has to say. Throws std::runtime_error if that is a refusal.
    void listen();

    [[nodiscard]] Client& client() { return client_; }

private:
    const Dialect& dialect_;
    Client client_;
    std::string frames_;
    std::size_t frame_bytes_ = 0;
    std::size_t per_frame_ = 0;
    std::size_t at_ = 0;     ///< In the frames.
    std::string_view rest_;  ///< Of a frame that the socket did not take.
    std::uint64_t sent_ = 0;
};

}  // namespace bench
