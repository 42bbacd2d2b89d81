#include "memory/thread.hpp"

#include <cassert>
#include <future>
#include <memory>
#include <string>

namespace gateway::memory {

Thread::Thread(const Options& options)
    : store_(options),
      coordinator_(store_, options, counts_.consumers,
                   [this](const std::string& group) {
                       post([group](Thread& thread) { thread.coordinator().rebalance(group); });
                   }),
      readers_(store_),
      guard_(asio::make_work_guard(io_)) {}

Thread::~Thread() { assert(!thread_.joinable()); }

void Thread::start() {
    thread_ = std::thread([this] { io_.run(); });
}

void Thread::stop(std::chrono::milliseconds timeout) {
    if (!thread_.joinable()) return;

    const auto done = std::make_shared<std::promise<void>>();
    post([done](Thread&) { done->set_value(); });
    done->get_future().wait_for(timeout);
    io_.stop();
    thread_.join();
}

}  // namespace gateway::memory
