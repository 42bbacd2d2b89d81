#include "gateway/outlet.hpp"

#include <cassert>
#include <utility>

namespace gateway {

Outlet::Outlet(Connection& connection, Options options)
    : connection_(&connection), options_(options) {}

std::string& Outlet::reply() {
    if (replies_.empty() || replies_.back().text.size() >= options_.max_frame_bytes) {
        replies_.emplace_back();
    }
    Replies& open = replies_.back();
    if (open.count++ > 0) open.text += ',';
    return open.text;
}

void Outlet::flush() {
    if (!connection_) return replies_.clear();
    std::size_t gone = 0;
    while (gone < replies_.size() && is_below_limit()) {
        Replies& replies = replies_[gone++];
        if (replies.count == 1) {
            replies.text.erase(0, 1);
        } else {
            replies.text += ']';
        }
        hand_over(std::move(replies.text), {});
    }
    replies_.erase(replies_.begin(), replies_.begin() + static_cast<std::ptrdiff_t>(gone));
    if (replies_.empty() && replies_.capacity() > 4) replies_.shrink_to_fit();
}

std::size_t Outlet::waiting_bytes() const {
    std::size_t bytes = 0;
    for (const Replies& replies : replies_) bytes += replies.text.size();
    return bytes;
}

bool Outlet::has_room() const { return connection_ && replies_.empty() && is_below_limit(); }

void Outlet::send(std::string frame, Delivered delivered) {
    flush();
    hand_over(std::move(frame), std::move(delivered));
}

void Outlet::send_shared(const std::shared_ptr<const SharedFrame>& frame, Delivered delivered) {
    flush();
    hand_over_shared(frame, std::move(delivered));
}

void Outlet::push(std::string frame) {
    flush();
    hand_over(std::move(frame), {});
}

void Outlet::push_shared(const std::shared_ptr<const SharedFrame>& frame) {
    flush();
    hand_over_shared(frame, {});
}

void Outlet::hand_over_shared(const std::shared_ptr<const SharedFrame>& frame,
                              Delivered delivered) {
    count(frame->size(), std::move(delivered));
    connection_->send_shared(frame);
}

void Outlet::hand_over(std::string frame, Delivered delivered) {
    count(frame.size(), std::move(delivered));
    connection_->send_text(std::move(frame));
}

void Outlet::count(std::size_t bytes, Delivered delivered) {
    under_way_bytes_ += bytes;
    under_way_.push_back({bytes, std::move(delivered)});
}

void Outlet::forget(std::uint64_t subscription, const TopicPartition& partition) {
    for (UnderWay& frame : under_way_) {
        if (frame.delivered.subscription != subscription) continue;
        std::erase_if(frame.delivered.next, [&](const Position& each) {
            return each.partition == partition.partition && each.topic == partition.topic;
        });
    }
}

void Outlet::detach() {
    connection_ = nullptr;
    replies_.clear();
    under_way_.clear();
    under_way_bytes_ = 0;
}

void Outlet::written(std::size_t frames, const std::function<void(const Delivered&)>& done) {
    assert(frames <= under_way_.size());
    for (std::size_t i = 0; i < frames; ++i) {
        under_way_bytes_ -= under_way_[i].bytes;
        if (under_way_[i].delivered.subscription != 0) done(under_way_[i].delivered);
    }
    under_way_.erase(under_way_.begin(), under_way_.begin() + static_cast<std::ptrdiff_t>(frames));
    if (under_way_.empty() && under_way_.capacity() > 16) under_way_.shrink_to_fit();
}

}  // namespace gateway
