#pragma once

#include <amqp.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "amqp/error.hpp"
#include "amqp/options.hpp"

namespace gateway::amqp {

/// One rabbitmq-c connection to one host: frames in and out, and none of it waits but `open` and
/// `close`. All but `interrupt` is for one thread.
class Link {
public:
    enum class Got : std::uint8_t { frame, nothing, lost };

    Link() = default;
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    /// Connects and logs in. Blocks, for the connect timeout at most for each of the two.
    [[nodiscard]] std::optional<Failure> open(const Options& options, const Host& host);

    /// Says goodbye, if it still can, and closes.
    void close();

    /// Closes without a word.
    void drop();

    /// Ends a login under way. Any thread may.
    void interrupt();

    [[nodiscard]] int socket() const;
    [[nodiscard]] std::uint16_t max_channels() const;

    /// Each returns false if the connection is lost, as `loss` tells. They write at once: whoever
    /// sends much asks `is_writable` first.
    bool send(std::uint16_t channel, amqp_method_number_t method, void* decoded);
    bool send_header(std::uint16_t channel, const amqp_basic_properties_t& properties,
                     std::size_t body_size);
    bool send_body(std::uint16_t channel, std::string_view part);

    /// Whether the socket takes `max_burst` bytes without waiting for the broker to read.
    [[nodiscard]] bool is_writable() const;
    static constexpr std::size_t max_burst = 48 << 10;
    static constexpr std::size_t max_frame_bytes = 64 << 10;
    static constexpr std::size_t max_body_part = max_frame_bytes - 8;

    /// Keeps what is sent together until it is uncorked.
    void cork(bool is_corked);

    /// The next frame, with what it points to valid until `release` of its channel. Keeps the
    /// heartbeats, so it must be called at least twice in each interval.
    [[nodiscard]] Got receive(amqp_frame_t& frame);
    void release(std::uint16_t channel);

    [[nodiscard]] const Failure& loss() const { return loss_; }
    [[nodiscard]] bool is_lost() const { return is_lost_; }

private:
    struct Destroy {
        void operator()(amqp_connection_state_t state) const { amqp_destroy_connection(state); }
    };

    [[nodiscard]] std::optional<Failure> connect(const Options& options, const Host& host);
    [[nodiscard]] std::optional<Failure> secure(amqp_socket_t* socket, const Options::Tls& tls);
    [[nodiscard]] std::optional<Failure> log_in(const Options& options);
    bool sent(int status);

    std::unique_ptr<amqp_connection_state_t_, Destroy> state_;
    mutable std::mutex mutex_;  ///< Of the next: the socket while `interrupt` may shut it down.
    int interruptible_ = -1;
    Failure loss_;
    bool is_lost_ = true;
};

}  // namespace gateway::amqp
