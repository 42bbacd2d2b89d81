#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <asio/any_io_executor.hpp>

namespace gateway {

/// Calls a function once, after a delay, on its executor; never after it was cancelled, set anew or
/// destroyed, which are to happen on that executor too.
///
/// An Asio timer alone cannot promise that: one that has expired is queued and comes without an
/// error, though its owner is gone.
class Alarm {
public:
    /// Costs nothing until it is set. The executor must outlive it.
    explicit Alarm(const asio::any_io_executor& executor) : executor_(executor) {}
    explicit Alarm(asio::any_io_executor&&) = delete;
    ~Alarm();
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    /// Replaces what was set before. Without a delay it calls once what is under way has returned.
    void set(std::chrono::milliseconds delay, std::function<void()> call);

    void cancel();

    [[nodiscard]] bool is_set() const;

private:
    struct State;

    const asio::any_io_executor& executor_;
    std::shared_ptr<State> state_;
};

}  // namespace gateway
