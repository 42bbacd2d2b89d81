#include "kafka/delivery.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace gateway::kafka {

Delivery::Delivery(asio::any_io_executor executor, Consumer::Events& events,
                   Batch::WithHeaders headers, OnError on_error)
    : events_(&events),
      on_error_(std::move(on_error)),
      intake_(std::move(executor), *this, headers) {}

void Delivery::open(rd_kafka_t* handle, std::shared_ptr<rd_kafka_queue_t> queue) {
    if (events_ == nullptr) return;
    try {
        intake_.open(handle, queue, std::shared_ptr<Intake>(shared_from_this(), &intake_));
        handle_ = handle;
        queue_ = std::move(queue);
    } catch (const std::system_error& error) {
        on_error_(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, {}, error.what());
    }
}

void Delivery::assign(const Starts& starts) {
    if (handle_ == nullptr) return;
    for (const auto& each : starts) {
        places_[each.topic][each.partition] = {
            .start = each.offset, .next = each.offset, .end = each.offset};
        forward(each);
    }
    last_topic_ = nullptr;
    intake_.go_on();
}

void Delivery::forward(const Position& place) {
    // Not before it is known here whose they are: earlier ones would be thrown away.
    const Queue queue(rd_kafka_queue_get_partition(handle_, place.topic.c_str(), place.partition));
    rd_kafka_queue_forward(queue.get(), queue_.get());
}

void Delivery::revoke(std::span<const TopicPartition> partitions) {
    intake_.tell([&] {
        if (events_ != nullptr && live_) events_->revoked(partitions);
    });
    for (const auto& [topic, partition] : partitions) places_[topic].erase(partition);
    last_topic_ = nullptr;
    intake_.sift();
}

void Delivery::go_live() {
    if (std::exchange(live_, true)) return;
    Starts starts;
    for (const auto& [topic, partitions] : places_) {
        for (const auto& [partition, place] : partitions) {
            starts.push_back({topic, partition, place.start});
        }
    }
    intake_.tell([&] {
        if (events_ != nullptr) events_->live(starts);
    });
    intake_.start();
}

Delivery::Starts Delivery::hold(const Position& at, std::int64_t next, bool all) {
    auto* place = find(at.topic, at.partition);
    if (handle_ == nullptr || place == nullptr || place->next != at.offset) return {};
    intake_.hold();
    // Of another log, where it goes back: what is written of the former one is not committed here.
    place->start = std::min(place->start, next);
    place->end = std::min(place->end, next);
    if (!all) return {at};
    intake_.forget_rest();
    Starts places;
    for (const auto& [topic, partitions] : places_) {
        for (const auto& [partition, each] : partitions) {
            places.push_back({topic, partition, each.next});
        }
    }
    return places;
}

void Delivery::move(const Starts& places, const std::optional<Lost>& lost) {
    if (handle_ == nullptr) return;
    for (const auto& each : places) {
        auto* place = find(each.topic, each.partition);
        if (place == nullptr) continue;
        place->next = each.offset;
        place->end = each.offset;
        forward(each);
    }
    if (lost) {
        intake_.tell([&] {
            if (events_ != nullptr) events_->lost(*lost);
        });
    }
    intake_.go_on();
}

void Delivery::fail(const Error& error) {
    auto* events = std::exchange(events_, nullptr);
    if (events != nullptr) events->failed(error);
}

void Delivery::commit(std::span<const Position> next) {
    if (handle_ == nullptr) return;
    const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(next.size())));
    for (const auto& [topic, partition, offset] : next) {
        const auto* place = find(topic, partition);
        if (place == nullptr || offset < place->start || offset > place->end) continue;
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    }
    if (list->cnt > 0) rd_kafka_offsets_store(handle_, list.get());
}

bool Delivery::keeps(const rd_kafka_message_t& message) {
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) return true;
    if (message.rkt == last_topic_ && message.partition == last_partition_) return last_is_mine_;
    last_topic_ = message.rkt;
    last_partition_ = message.partition;
    last_is_mine_ = find(rd_kafka_topic_name(message.rkt), message.partition) != nullptr;
    return last_is_mine_;
}

std::size_t Delivery::records(std::span<const Record> records) {
    if (events_ == nullptr) return records.size();
    // Whoever takes them may commit them at once.
    reach(records, &Place::end);
    const std::size_t count = events_->records(records);
    reach(records.first(count), &Place::next);
    return count;
}

void Delivery::reach(std::span<const Record> records, std::int64_t Place::*offset) {
    for_each_run(records, [&](const Record& record) {
        auto* place = find(record.topic, record.partition);
        if (place != nullptr) place->*offset = std::max(place->*offset, record.offset + 1);
    });
}

void Delivery::mark(const rd_kafka_message_t& message) {
    const char* topic = message.rkt != nullptr ? rd_kafka_topic_name(message.rkt) : "";
    const auto* place = find(topic, message.partition);
    on_error_(message.err, {topic, message.partition, place != nullptr ? place->next : -1},
              rd_kafka_message_errstr(&message));
}

Delivery::Place* Delivery::find(std::string_view topic, std::int32_t partition) {
    const auto parts = places_.find(topic);
    if (parts == places_.end()) return nullptr;
    const auto found = parts->second.find(partition);
    return found == parts->second.end() ? nullptr : &found->second;
}

void Delivery::release(std::function<void()> released) {
    events_ = nullptr;
    handle_ = nullptr;
    intake_.release([this, released = std::move(released)] {
        queue_.reset();
        released();
    });
}

}  // namespace gateway::kafka
