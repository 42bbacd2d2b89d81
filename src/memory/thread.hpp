#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <thread>
#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include "memory/coordinator.hpp"
#include "memory/options.hpp"
#include "memory/readers.hpp"
#include "memory/store.hpp"

namespace gateway::memory {

/// The broker thread, and everything that it alone touches. Other threads `post` values to it; it
/// posts values to their executors. There is no lock.
class Thread {
public:
    /// What is open: any thread reads and writes it.
    struct Counts {
        std::atomic<std::size_t> producers = 0;
        std::atomic<std::size_t> consumers = 0;
        std::atomic<std::size_t> readers = 0;
        std::atomic<std::size_t> orphans = 0;
    };

    explicit Thread(const Options& options);

    /// Must have been stopped, if it was started.
    ~Thread();

    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;

    void start();

    /// Does what was posted before, for as long as `timeout`, and ends. What is posted later is
    /// dropped.
    void stop(std::chrono::milliseconds timeout);

    /// Calls `work(thread)` on the broker thread, in the order of the posts.
    template <typename Work>
    void post(Work work) {
        asio::post(io_, [this, work = std::move(work)]() mutable { work(*this); });
    }

    [[nodiscard]] Store& store() { return store_; }
    [[nodiscard]] Coordinator& coordinator() { return coordinator_; }
    [[nodiscard]] Readers& readers() { return readers_; }
    [[nodiscard]] Counts& counts() { return counts_; }

private:
    Counts counts_;
    Store store_;
    Coordinator coordinator_;
    Readers readers_;
    // After what its handlers refer to: those never run are destroyed with it.
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    std::thread thread_;
};

}  // namespace gateway::memory
