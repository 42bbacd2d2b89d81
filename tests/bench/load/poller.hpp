#pragma once

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>

#include "measure/work.hpp"

namespace bench {

/// Waits for many connections at once, each with a `descriptor()`. They must outlive it.
class Poller {
public:
    Poller() : descriptor_(epoll_create1(EPOLL_CLOEXEC)) {
        if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "epoll");
    }
    ~Poller() { close(descriptor_); }
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    /// `index` is how `wait` calls it.
    void add(const auto& client, std::size_t index, bool writing) {
        change(EPOLL_CTL_ADD, client, index, writing);
    }

    /// Whether room in its socket wakes `wait`, too.
    void set_writing(const auto& client, std::size_t index, bool writing) {
        change(EPOLL_CTL_MOD, client, index, writing);
    }

    /// Calls `ready(index, readable, writable)` for each client that has something to do. Returns
    /// whether there was any before `until`.
    template <typename Ready>
    bool wait(Clock::time_point until, Ready&& ready) {
        std::array<epoll_event, 64> events;
        using std::chrono::nanoseconds;
        const auto left = std::max<nanoseconds>(until - Clock::now(), nanoseconds::zero()).count();
        const timespec timeout{.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
        const int count =
            epoll_pwait2(descriptor_, events.data(), events.size(), &timeout, nullptr);
        for (int i = 0; i < count; ++i) {
            const auto& event = events[static_cast<std::size_t>(i)];
            ready(static_cast<std::size_t>(event.data.u64), (event.events & ~EPOLLOUT) != 0,
                  (event.events & EPOLLOUT) != 0);
        }
        return count > 0;
    }

private:
    void change(int what, const auto& client, std::size_t index, bool writing) {
        epoll_event event{};
        event.events = EPOLLIN | (writing ? EPOLLOUT : 0U);
        event.data.u64 = index;
        if (epoll_ctl(descriptor_, what, client.descriptor(), &event) != 0) {
            throw std::system_error(errno, std::generic_category(), "epoll");
        }
    }

    int descriptor_;
};

}  // namespace bench
