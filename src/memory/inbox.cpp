#include "memory/inbox.hpp"

#include <algorithm>
#include <cassert>
#include <set>
#include <string_view>

#include "memory/entry.hpp"
#include "memory/thread.hpp"

namespace gateway::memory {

Inbox::Inbox(asio::any_io_executor executor, Thread& thread, MemberId member,
             gateway::Consumer::Events& events, bool with_headers)
    : executor_(std::move(executor)),
      thread_(&thread),
      member_(member),
      events_(&events),
      with_headers_(with_headers) {}

void Inbox::live() {
    if (events_) events_->live();
}

void Inbox::deliver(Delivery delivery) {
    if (!events_) return;
    waiting_.push_back(std::move(delivery));
    go_on();
}

void Inbox::revoke(std::vector<TopicPartition> partitions) {
    if (!events_) return;
    events_->revoked(partitions);
    if (!events_) return;

    std::set<std::pair<std::string_view, std::int32_t>> gone;
    for (const auto& each : partitions) gone.emplace(each.topic, each.partition);
    for (auto& delivery : waiting_) {
        std::erase_if(delivery.parts, [&](const auto& part) {
            return gone.contains({*part.topic, part.partition});
        });
    }
    const auto removed = std::ranges::remove_if(rest_, [&](const auto& record) {
        return gone.contains({record.topic, record.partition});
    });
    rest_ = rest_.first(rest_.size() - removed.size());
    if (open_ && rest_.empty()) finish();

    thread_->post([member = member_, partitions = std::move(partitions)](Thread& thread) {
        thread.coordinator().released(member, partitions);
    });
}

void Inbox::fail(const Error& error) {
    if (auto* events = std::exchange(events_, nullptr)) events->failed(error);
}

void Inbox::resume() {
    if (!std::exchange(is_paused_, false)) return;
    post([](Inbox& inbox) { inbox.go_on(); });
}

void Inbox::end() {
    events_ = nullptr;
    waiting_.clear();
}

void Inbox::go_on() {
    while (events_ && !is_paused_) {
        if (!open_) {
            if (waiting_.empty()) return;
            unpack();
        }
        if (!rest_.empty()) {
            const std::size_t taken = events_->records(rest_);
            assert(taken <= rest_.size());
            rest_ = rest_.subspan(taken);
            is_paused_ = !rest_.empty();
        }
        if (rest_.empty()) finish();
    }
}

void Inbox::unpack() {
    open_ = std::move(waiting_.front());
    waiting_.pop_front();
    records_.clear();
    headers_.clear();

    std::vector<std::size_t> header_ends;
    for (const auto& part : open_->parts) {
        const auto& segment = *part.slice.segment;
        for (std::size_t at = part.slice.begin; at < part.slice.end;) {
            const auto head = read_head(segment.at(at));
            auto& record = records_.emplace_back();
            record.topic = *part.topic;
            record.partition = part.partition;
            read_entry(segment.at(at), head, record, with_headers_ ? &headers_ : nullptr);
            if (with_headers_) header_ends.push_back(headers_.size());
            at += head.size;
        }
    }
    std::size_t begin = 0;
    for (std::size_t i = 0; i < header_ends.size(); ++i) {
        records_[i].headers = std::span(headers_).subspan(begin, header_ends[i] - begin);
        begin = header_ends[i];
    }
    rest_ = records_;
}

void Inbox::finish() {
    open_.reset();
    rest_ = {};
    if (!events_) return;
    thread_->post([member = member_](Thread& thread) { thread.coordinator().credit(member); });
}

}  // namespace gateway::memory
