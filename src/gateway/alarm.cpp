#include "gateway/alarm.hpp"

#include <cstdint>
#include <functional>
#include <system_error>
#include <utility>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

namespace gateway {

struct Alarm::State {
    explicit State(const asio::any_io_executor& executor) : timer(executor) {}

    asio::steady_timer timer;
    std::function<void()> call;
    std::uint64_t round = 0;  ///< Which setting a wait belongs to.
};

Alarm::~Alarm() { cancel(); }

void Alarm::set(std::chrono::milliseconds delay, std::function<void()> call) {
    if (!state_) state_ = std::make_shared<State>(executor_);
    state_->call = std::move(call);
    const std::uint64_t round = ++state_->round;
    const auto ring = [weak = std::weak_ptr(state_), round](std::error_code error) {
        const auto state = weak.lock();
        if (error || !state || state->round != round) return;
        ++state->round;
        std::exchange(state->call, nullptr)();
    };
    if (delay == delay.zero())
        return asio::post(executor_, std::bind_front(ring, std::error_code()));
    state_->timer.expires_after(delay);
    state_->timer.async_wait(ring);
}

void Alarm::cancel() {
    if (!is_set()) return;
    // Its wait holds it weakly.
    state_.reset();
}

bool Alarm::is_set() const { return state_ && state_->call; }

}  // namespace gateway
