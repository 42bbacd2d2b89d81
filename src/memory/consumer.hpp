#pragma once

#include <memory>

#include "broker/broker.hpp"
#include "memory/inbox.hpp"
#include "memory/thread.hpp"

namespace gateway::memory {

/// A group member. Everything it is asked goes to the broker thread as a value; everything it
/// hears comes through its inbox.
class Consumer final : public gateway::Consumer {
public:
    Consumer(std::shared_ptr<Thread> thread, asio::any_io_executor executor, MemberId member,
             Options options, Events& events);
    ~Consumer() override;

    void resume() override { inbox_->resume(); }
    void commit(std::span<const Position> next) override;
    void close(std::function<void()> done) override;

private:
    std::shared_ptr<Thread> thread_;
    asio::any_io_executor executor_;
    MemberId member_;
    std::shared_ptr<Inbox> inbox_;
    bool is_closed_ = false;
};

}  // namespace gateway::memory
