#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <vector>

#include <asio/steady_timer.hpp>

#include "kafka/member.hpp"
#include "kafka/share.hpp"
#include "kafka/subscription.hpp"

namespace gateway::kafka {

/// How a member leaves its group: it says goodbye, waits for the broker to hear it, and ends
/// librdkafka's handle.
///
/// A part of `member`, on its strand unless said otherwise.
class Departure {
public:
    /// `on_end` is called when it has ended.
    Departure(Member& member, Share& share, Subscription& subscription,
              std::function<void()> on_end);

    /// Any thread.
    [[nodiscard]] bool is_over() const { return over_; }

    /// Leaves at once. `done`, which may be empty, is called when the broker has heard it, or when
    /// it has not for some seconds.
    void start(std::function<void()> done);

    /// librdkafka has left the group: ends.
    void end();

private:
    void say_goodbye();
    void wait_for_goodbye(std::chrono::milliseconds time, std::chrono::milliseconds waited);
    void wait_no_more();
    void destroy();
    void tell_done();

    Member& member_;
    Share& share_;
    Subscription& subscription_;
    std::function<void()> on_end_;
    std::vector<std::function<void()>> done_;
    bool waits_no_more_ = false;  ///< Those who asked it to leave.
    std::atomic<bool> over_ = false;
    asio::steady_timer timer_;
};

}  // namespace gateway::kafka
