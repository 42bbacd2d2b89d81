#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <system_error>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include "base/error.hpp"

namespace gateway::kafka {

/// One who waits for an answer, and gets it once, on its executor: an Error by its deadline at the
/// latest. Any thread may make it, ask it for its deadline and answer it.
template <typename Answer>
class Caller : public std::enable_shared_from_this<Caller<Answer>> {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Done = std::function<void(Answer)>;

    Caller(asio::any_io_executor executor, Time deadline, Done done)
        : timer_(std::move(executor)), deadline_(deadline), done_(std::move(done)) {}

    /// From now on `too_late` is the answer at its deadline. Call it once, before `answer`.
    void wait(Error too_late) {
        asio::post(timer_.get_executor(),
                   [self = this->shared_from_this(), too_late = std::move(too_late)] {
                       self->arm(too_late);
                   });
    }

    [[nodiscard]] Time deadline() const { return deadline_; }

    void answer(Answer value) {
        asio::post(timer_.get_executor(),
                   [self = this->shared_from_this(), value = std::move(value)]() mutable {
                       self->finish(std::move(value));
                   });
    }

private:
    void arm(const Error& too_late) {
        // Within a handler Asio holds back what is posted, but not what other threads post: the
        // answer may come first.
        if (!done_) return;
        timer_.expires_at(deadline_);
        timer_.async_wait([self = this->shared_from_this(), too_late](std::error_code error) {
            if (!error) self->finish(too_late);
        });
    }

    void finish(Answer value) {
        if (!done_) return;
        timer_.cancel();
        std::exchange(done_, nullptr)(std::move(value));
    }

    asio::steady_timer timer_;
    Time deadline_;
    Done done_;
};

}  // namespace gateway::kafka
