#include "memory/inbox.hpp"

#include <cassert>

#include "memory/thread.hpp"

namespace gateway::memory {

Inbox::Inbox(asio::any_io_executor executor, Thread& thread, MemberId member,
             gateway::Consumer::Events& events, bool with_headers)
    : executor_(std::move(executor)),
      thread_(&thread),
      member_(member),
      events_(&events),
      tray_(with_headers) {}

void Inbox::live(const std::vector<Position>& starts) {
    if (events_) events_->live(starts);
}

void Inbox::deliver(Delivery delivery) {
    if (!events_) return;
    tray_.add(std::move(delivery));
    tray_.go_on(*this);
}

void Inbox::revoke(std::vector<TopicPartition> partitions) {
    if (!events_) return;
    events_->revoked(partitions);
    if (!events_) return;

    for (const auto& each : partitions) tray_.drop(each);
    thread_->post([member = member_, partitions = std::move(partitions)](Thread& thread) {
        thread.coordinator().released(member, partitions);
    });
}

void Inbox::fail(const Error& error) {
    auto* events = events_;
    end();
    if (events) events->failed(error);
}

void Inbox::resume() {
    if (tray_.resume()) post([](Inbox& inbox) { inbox.tray_.go_on(inbox); });
}

void Inbox::end() {
    events_ = nullptr;
    tray_.end();
}

std::size_t Inbox::records(std::span<const Record> records) { return events_->records(records); }

void Inbox::lost(const Lost& lost) { events_->lost(lost); }

// A consumer's deliveries tell no ends.
void Inbox::reached_end(const Position&) { assert(false); }

void Inbox::taken() {
    thread_->post([member = member_](Thread& thread) { thread.coordinator().credit(member); });
}

}  // namespace gateway::memory
