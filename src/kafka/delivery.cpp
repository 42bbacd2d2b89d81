#include "kafka/delivery.hpp"

#include <string_view>
#include <system_error>
#include <utility>

namespace gateway::kafka {

namespace {

constexpr int batches_per_turn = 10;  ///< Then the shard's other work has its turn.

}  // namespace

Delivery::Delivery(asio::any_io_executor executor, Consumer::Events& events,
                   Batch::WithHeaders headers, OnError on_error)
    : executor_(std::move(executor)),
      events_(&events),
      on_error_(std::move(on_error)),
      batch_(headers) {}

void Delivery::open(rd_kafka_t* handle, std::shared_ptr<rd_kafka_queue_t> queue) {
    if (events_ == nullptr) return;
    try {
        event_ = QueueEvent::open(executor_, std::move(queue), [weak = weak_from_this()] {
            const auto self = weak.lock();
            return self ? self->drain() : QueueEvent::Left::unread;
        });
        handle_ = handle;
        fetch_wake_.emplace(handle);
    } catch (const std::system_error& error) {
        on_error_(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, error.what());
    }
}

void Delivery::assign(const Starts& starts) {
    for (const auto& [topic, partition, offset] : starts) starts_[topic][partition] = offset;
    last_topic_ = nullptr;
}

void Delivery::revoke(std::span<const TopicPartition> partitions) {
    tell([&](auto& events) { events.revoked(partitions); });
    for (const auto& [topic, partition] : partitions) starts_[topic].erase(partition);
    last_topic_ = nullptr;
    batch_.keep_if([this](const rd_kafka_message_t& message) { return is_mine(message); });
}

void Delivery::go_live() {
    if (live_) return;
    live_ = true;
    tell([](auto& events) { events.live(); });
    if (event_) event_->wake();
}

void Delivery::fail(const Error& error) {
    auto* events = std::exchange(events_, nullptr);
    if (events != nullptr) events->failed(error);
}

void Delivery::resume() {
    if (!std::exchange(paused_, false)) return;
    if (event_) event_->wake();
}

void Delivery::commit(std::span<const Position> next) {
    if (handle_ == nullptr) return;
    const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(next.size())));
    for (const auto& [topic, partition, offset] : next) {
        const auto found = starts_.find(topic);
        if (found == starts_.end()) continue;
        const auto start = found->second.find(partition);
        if (start == found->second.end() || offset < start->second) continue;
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    }
    if (list->cnt > 0) rd_kafka_offsets_store(handle_, list.get());
}

QueueEvent::Left Delivery::drain() {
    if (!live_ || paused_) return QueueEvent::Left::unread;
    if (!hand_out()) return QueueEvent::Left::unread;
    for (int i = 0; i < batches_per_turn; ++i) {
        const auto loaded = batch_.load(event_->queue(), [this](const rd_kafka_message_t& message) {
            return is_mine(message);
        });
        if (loaded.messages == 0) return QueueEvent::Left::nothing;
        fetch_wake_->note(loaded.messages, loaded.bytes);
        if (!hand_out()) return QueueEvent::Left::unread;
    }
    return QueueEvent::Left::more;
}

bool Delivery::hand_out() {
    const auto rest = batch_.rest();
    if (rest.empty()) return true;
    std::size_t count = rest.size();
    tell([&](auto& events) {
        count = events.records(rest);
        paused_ = count < rest.size();
    });
    if (events_ == nullptr) return false;
    batch_.take(count);
    return !paused_;
}

bool Delivery::is_mine(const rd_kafka_message_t& message) {
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        on_error_(message.err, rd_kafka_message_errstr(&message));
        return false;
    }
    if (message.rkt == last_topic_ && message.partition == last_partition_) return last_is_mine_;
    last_topic_ = message.rkt;
    last_partition_ = message.partition;
    const auto found = starts_.find(std::string_view(rd_kafka_topic_name(message.rkt)));
    last_is_mine_ = found != starts_.end() && found->second.contains(message.partition);
    return last_is_mine_;
}

template <typename Call>
void Delivery::tell(Call call) {
    if (events_ == nullptr) return;
    ++inside_;
    call(*events_);
    if (--inside_ == 0 && released_) let_go();
}

void Delivery::release(std::function<void()> released) {
    events_ = nullptr;
    released_ = std::move(released);
    if (inside_ == 0) let_go();
}

void Delivery::let_go() {
    // The records of an event are its receiver's until it returns.
    if (event_) event_->stop();
    handle_ = nullptr;
    fetch_wake_.reset();
    batch_.clear();
    std::exchange(released_, nullptr)();
}

}  // namespace gateway::kafka
