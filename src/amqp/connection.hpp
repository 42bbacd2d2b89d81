#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include "amqp/assembly.hpp"
#include "amqp/backoff.hpp"
#include "amqp/channel.hpp"
#include "amqp/link.hpp"
#include "amqp/options.hpp"

namespace gateway::amqp {

/// One connection to the broker and the thread that it lives on, which connects again by itself, to
/// the next host each time, and wakes only for the socket, for what is posted and for timers.
///
/// `start`, `stop`, `post` and `state` are for any thread, the rest for its own.
class Connection {
public:
    struct State {
        bool is_up = false;
        std::string reason;  ///< Why not; empty before the first try has ended.
    };

    /// Channels of one connection before the broker has said how many it allows.
    static constexpr std::size_t usual_channels = 2047;

    explicit Connection(const Options& options);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void start();

    /// Does what was posted before, then closes. What is posted later is dropped.
    void stop();

    /// Calls `work()` on the thread, in the order of the posts.
    template <typename Work>
    void post(Work work) {
        const std::lock_guard lock(post_mutex_);
        if (is_closed_) return;
        asio::post(io_, [this, work = std::move(work)]() mutable {
            work();
            end_turn();
        });
    }

    [[nodiscard]] State state() const;
    [[nodiscard]] std::size_t max_channels() const { return max_channels_; }

    /// Opens the channel now or as soon as the connection stands, and after each loss.
    void attach(std::shared_ptr<Channel> channel);

    /// Closes it; it hears nothing more. Calls `done`, if any, once the broker knows, or is lost.
    void detach(Channel& channel, std::function<void()> done = {});

    /// Closes the channel and opens another for it, soon.
    void restart(Channel& channel);

    /// Opens a channel that the broker closed.
    void reopen(Channel& channel);

    /// Lets a channel hear the end of this turn.
    void touch(Channel& channel);

    /// Calls `work` once the socket takes more, unless the connection is lost before.
    void when_writable(std::function<void()> work);

    [[nodiscard]] Link& link() { return link_; }
    [[nodiscard]] asio::io_context& io() { return io_; }
    [[nodiscard]] bool is_up() const { return is_up_; }
    [[nodiscard]] bool is_blocked() const { return is_blocked_; }

    /// Why what needs it fails while it is not up: the last try's reason. Null while the first try
    /// is under way.
    [[nodiscard]] const Error* error() const { return error_ ? &*error_ : nullptr; }

private:
    struct Slot {
        std::shared_ptr<Channel> channel;  ///< Null: free, or `is_closing`.
        bool is_there = false;             ///< The broker has said open-ok.
        bool is_closing = false;           ///< The broker has not said close-ok yet.
        std::function<void()> done;        ///< When it has.
        Assembly assembly;
    };

    void connect();
    void connected();
    void failed(const Failure& failure);
    void lose(const Failure& failure);
    void retry_later();
    void tell(bool is_up, std::string reason);
    void open(const std::shared_ptr<Channel>& channel);
    void wait_readable();
    void receive();
    void keep_heartbeat();
    void take(amqp_frame_t& frame);
    void take_method(Slot& slot, std::uint16_t number, const amqp_method_t& method);
    void take_own(const amqp_method_t& method);
    void close_channel(Slot& slot, std::uint16_t number, const amqp_channel_close_t& close);
    void hand_over(Slot& slot, const Content* content);
    void end_turn();
    [[nodiscard]] Slot* find(std::uint16_t number);
    [[nodiscard]] std::shared_ptr<Channel> owner_of(const Channel& channel) const;
    void forget_slots();

    const Options& options_;
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    asio::posix::stream_descriptor socket_;
    asio::steady_timer again_;
    asio::steady_timer heartbeat_;
    Link link_;
    Backoff backoff_;
    std::minstd_rand random_;
    std::size_t host_ = 0;
    std::size_t failures_ = 0;  ///< Since it last stood.
    std::uint64_t epoch_ = 0;   ///< Of this standing; what waited in an earlier one is void.
    bool is_up_ = false;
    bool is_blocked_ = false;
    bool is_waiting_ = false;  ///< For the socket to become readable.
    std::optional<Error> error_;
    std::vector<std::shared_ptr<Channel>> channels_;  ///< All that are attached.
    std::vector<Slot> slots_;                         ///< By number; 0 is the connection's own.
    std::vector<std::shared_ptr<Channel>> touched_;
    std::atomic<std::size_t> max_channels_ = usual_channels;
    std::atomic<bool> is_stopping_ = false;
    std::mutex post_mutex_;     ///< Of the next.
    bool is_closed_ = false;    ///< Nothing may be posted any more.
    mutable std::mutex mutex_;  ///< Of the state that other threads read.
    State state_;
    std::thread thread_;
};

}  // namespace gateway::amqp
