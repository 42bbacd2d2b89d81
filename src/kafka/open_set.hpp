#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

namespace gateway::kafka {

/// What is open at a broker and lives on some executor until it ends by itself. It keeps each of
/// them alive, and lets the broker's stop tell them all and wait for them.
///
/// Any thread may call.
template <typename T>
class OpenSet {
public:
    using Executor = asio::any_io_executor;
    using Time = std::chrono::steady_clock::time_point;

    void add(Executor executor, std::shared_ptr<T> object) {
        static_cast<void>(add_below(std::numeric_limits<std::size_t>::max(), std::move(executor),
                                    std::move(object)));
    }

    /// Adds it only while there are fewer than `limit`, and says whether it did.
    [[nodiscard]] bool add_below(std::size_t limit, Executor executor, std::shared_ptr<T> object) {
        const std::lock_guard lock(mutex_);
        if (open_.size() >= limit) return false;
        open_.push_back({std::move(executor), std::move(object)});
        return true;
    }

    /// Called by the object's end; it must be kept alive by its caller until that returns. Says
    /// whether it was here.
    bool remove(const T& object) {
        const std::lock_guard lock(mutex_);
        const bool was_here = std::erase_if(open_, [&](const Open& open) {
                                  return open.object.get() == &object;
                              }) > 0;
        if (open_.empty()) emptied_.notify_all();
        return was_here;
    }

    /// From now on the object lives on another executor.
    void move(const T& object, Executor executor) {
        const std::lock_guard lock(mutex_);
        for (auto& open : open_) {
            if (open.object.get() == &object) open.executor = executor;
        }
    }

    /// Runs `job(object)` for each of them, on its executor.
    template <typename Job>
    void post_all(Job job) {
        const std::lock_guard lock(mutex_);
        for (const auto& [executor, object] : open_) {
            asio::post(executor, [object = object, job] { job(*object); });
        }
    }

    /// Whether all have ended by `deadline`. Blocks; the executors must run.
    [[nodiscard]] bool wait_until_empty(Time deadline) {
        std::unique_lock lock(mutex_);
        return emptied_.wait_until(lock, deadline, [this] { return open_.empty(); });
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return open_.size();
    }

    /// How many of them `test(object)` holds for; it may ask only what any thread may.
    template <typename Test>
    [[nodiscard]] std::size_t count(Test test) const {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(std::count_if(
            open_.begin(), open_.end(), [&](const Open& open) { return test(*open.object); }));
    }

    /// The first that belongs to `executor`, which is the caller's, and that `test(object)` holds
    /// for.
    template <typename Test>
    [[nodiscard]] std::shared_ptr<T> find(const Executor& executor, Test test) const {
        const std::lock_guard lock(mutex_);
        for (const auto& open : open_) {
            if (open.executor == executor && test(*open.object)) return open.object;
        }
        return nullptr;
    }

private:
    struct Open {
        Executor executor;
        std::shared_ptr<T> object;
    };

    mutable std::mutex mutex_;
    std::condition_variable emptied_;
    std::vector<Open> open_;
};

}  // namespace gateway::kafka
