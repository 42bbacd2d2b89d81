#include "kafka/producer_handle.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "kafka/error.hpp"

namespace gateway::kafka {

namespace {

constexpr std::size_t reports_per_turn = 20000;  ///< Then the shard's other work has its turn.

constexpr std::size_t most_together = 100;        ///< Records given to librdkafka in one call.
constexpr std::size_t max_bytes_together = 1000;  ///< The least that message.max.bytes can be.

void* to_opaque(ProducerHandle::Slot slot, std::uint32_t token) {
    return reinterpret_cast<void*>(std::uintptr_t{slot} << 32 | token);
}

// librdkafka tells an absent key or value from an empty one by the pointer.
void* data_of(const std::optional<std::string_view>& bytes) {
    if (!bytes) return nullptr;
    return const_cast<char*>(bytes->data() != nullptr ? bytes->data() : "");
}

std::size_t size_of(const std::optional<std::string_view>& bytes) {
    return bytes ? bytes->size() : 0;
}

Headers to_headers(std::span<const Header> headers) {
    Headers list(rd_kafka_headers_new(headers.size()));
    for (const auto& [name, value] : headers) {
        rd_kafka_header_add(list.get(), name.data(), static_cast<ssize_t>(name.size()),
                            data_of(value), static_cast<ssize_t>(size_of(value)));
    }
    return list;
}

Error no_exchanges() { return Error(Errc::not_supported, "Kafka has topics, and no exchanges"); }

}  // namespace

std::shared_ptr<ProducerHandle> ProducerHandle::open(asio::any_io_executor executor,
                                                     Workers::Strand orphanage, Handle handle,
                                                     std::size_t max_topics,
                                                     std::weak_ptr<Keeper> keeper) {
    std::shared_ptr<ProducerHandle> producer(
        new ProducerHandle(std::move(orphanage), std::move(handle), max_topics, std::move(keeper)));
    producer->looking_ = executor;
    producer->listen(std::move(executor));
    return producer;
}

ProducerHandle::ProducerHandle(Workers::Strand orphanage, Handle handle, std::size_t max_topics,
                               std::weak_ptr<Keeper> keeper)
    : orphanage_(std::move(orphanage)), keeper_(std::move(keeper)), handle_(std::move(handle)) {
    topics_.emplace(handle_.get(), max_topics);
}

void ProducerHandle::listen(asio::any_io_executor executor) {
    event_ = QueueEvent::open(std::move(executor), Queue(rd_kafka_queue_get_main(handle_.get())),
                              [weak = weak_from_this()] {
                                  const auto self = weak.lock();
                                  return self ? self->drain() : QueueEvent::Left::unread;
                              });
}

ProducerHandle::~ProducerHandle() {
    if (event_) event_->stop();
}

ProducerHandle::Slot ProducerHandle::attach(Producer::Events& events) {
    ++attached_;
    if (free_slots_.empty()) {
        slots_.emplace_back().events = &events;
        return static_cast<Slot>(slots_.size() - 1);
    }
    const Slot slot = free_slots_.back();
    free_slots_.pop_back();
    slots_[slot].events = &events;
    return slot;
}

void ProducerHandle::detach(Slot slot) {
    auto& attached = slots_[slot];
    attached.events = nullptr;
    attached.refusals = 0;
    attached.waits = 0;
    --attached_;
    if (attached.outstanding == 0) free_slots_.push_back(slot);
    settle();
}

Producer::Sent ProducerHandle::send(Slot slot, std::span<const OutgoingRecord> records) {
    std::size_t taken = 0;
    while (taken < records.size()) {
        if (broken_) return {.taken = taken, .error = {}};
        if (retired_) return {.taken = taken, .error = Error(Errc::draining)};
        // While others wait for room, nobody overtakes them.
        if (full_) return refuse(slot, taken);

        const auto& record = records[taken];
        if (record.destination == Destination::exchange) {
            return {.taken = taken, .error = no_exchanges()};
        }
        const auto code = produce(record, to_opaque(slot, record.token));
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            // What librdkafka has against a topic it has said now: the rest can go together.
            const std::size_t count =
                1 + produce_run(slot, record.topic, records.subspan(taken + 1));
            outstanding_ += count;
            slots_[slot].outstanding += count;
            taken += count;
        } else if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && outstanding_ > 0) {
            full_ = true;
            full_at_ = outstanding_;
            return refuse(slot, taken);
        } else if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            // Nothing is ahead of it: there will never be more room than now.
            return {.taken = taken,
                    .error = Error(Errc::record_too_large,
                                   "the record is larger than "
                                   "kafka.producer.queue.buffering.max.kbytes allows")};
        } else if (code == RD_KAFKA_RESP_ERR__FATAL) {
            break_down();
            return {.taken = taken, .error = {}};
        } else if (code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION && record.partition >= 0 &&
                   waits_for_look(slot, record.topic)) {
            return {.taken = taken, .error = Error(Errc::queue_full)};
        } else {
            note_missing(code, record.topic);
            return {.taken = taken,
                    .error = to_error(code, fmt::format("topic \"{}\"", record.topic))};
        }
    }
    return {.taken = taken, .error = {}};
}

std::size_t ProducerHandle::produce_run(Slot slot, std::string_view topic,
                                        std::span<const OutgoingRecord> records) {
    std::array<rd_kafka_message_t, most_together> run;
    int count = 0;
    for (const auto& record : records.first(std::min(records.size(), run.size()))) {
        const auto bytes = size_of(record.value) + size_of(record.key);
        if (record.topic != topic || record.destination == Destination::exchange ||
            record.partition != OutgoingRecord::any_partition || !record.headers.empty() ||
            record.timestamp || bytes > max_bytes_together) {
            break;
        }
        run[static_cast<std::size_t>(count++)] = {.err = RD_KAFKA_RESP_ERR_NO_ERROR,
                                                  .rkt = nullptr,
                                                  .partition = OutgoingRecord::any_partition,
                                                  .payload = data_of(record.value),
                                                  .len = size_of(record.value),
                                                  .key = data_of(record.key),
                                                  .key_len = size_of(record.key),
                                                  .offset = 0,
                                                  ._private = to_opaque(slot, record.token)};
    }
    if (count == 0) return 0;
    return static_cast<std::size_t>(rd_kafka_produce_batch(
        topics_->open(topic), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, run.data(), count));
}

rd_kafka_resp_err_t ProducerHandle::produce(const OutgoingRecord& record, void* opaque) {
    if (record.partition < OutgoingRecord::any_partition) {
        return RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
    }
    rd_kafka_topic_t* topic = topics_->open(record.topic);
    if (topic == nullptr) return RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;

    if (record.headers.empty() && !record.timestamp) {
        const int failed = rd_kafka_produce(topic, record.partition, RD_KAFKA_MSG_F_COPY,
                                            data_of(record.value), size_of(record.value),
                                            data_of(record.key), size_of(record.key), opaque);
        return failed == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
    }

    Headers headers = record.headers.empty() ? nullptr : to_headers(record.headers);
    std::array<rd_kafka_vu_t, 8> parts{};
    std::size_t count = 0;
    const auto add = [&](rd_kafka_vtype_t type) -> auto& {
        parts[count].vtype = type;
        return parts[count++].u;
    };
    add(RD_KAFKA_VTYPE_RKT).rkt = topic;
    add(RD_KAFKA_VTYPE_PARTITION).i32 = record.partition;
    add(RD_KAFKA_VTYPE_MSGFLAGS).i = RD_KAFKA_MSG_F_COPY;
    add(RD_KAFKA_VTYPE_VALUE).mem = {data_of(record.value), size_of(record.value)};
    add(RD_KAFKA_VTYPE_KEY).mem = {data_of(record.key), size_of(record.key)};
    add(RD_KAFKA_VTYPE_OPAQUE).ptr = opaque;
    if (record.timestamp) add(RD_KAFKA_VTYPE_TIMESTAMP).i64 = *record.timestamp;
    if (headers) add(RD_KAFKA_VTYPE_HEADERS).headers = headers.get();

    const Failure failure(rd_kafka_produceva(handle_.get(), parts.data(), count));
    if (failure) return rd_kafka_error_code(failure.get());
    static_cast<void>(headers.release());
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

Producer::Sent ProducerHandle::refuse(Slot slot, std::size_t taken) {
    if (slots_[slot].refusals++ == 0) refused_.push_back(slot);
    return {.taken = taken, .error = Error(Errc::queue_full)};
}

bool ProducerHandle::waits_for_look(Slot slot, std::string_view topic) {
    const auto keeper = keeper_.lock();
    if (!keeper) return false;
    const auto step = looks_.next(topic, std::chrono::steady_clock::now());
    if (step == PartitionLooks::Step::decide) return false;
    ++slots_[slot].waits;
    if (step == PartitionLooks::Step::wait) return true;
    keeper->look(handle_, std::string(topic), [weak = weak_from_this(), name = std::string(topic)] {
        if (const auto self = weak.lock()) self->look_answered(name);
    });
    return true;
}

void ProducerHandle::look_answered(const std::string& topic) {
    const std::lock_guard lock(looking_mutex_);
    if (!looking_) return;
    asio::post(looking_, [self = shared_from_this(), topic] { self->looked(topic); });
}

void ProducerHandle::looked(const std::string& topic) {
    looks_.answered(topic, std::chrono::steady_clock::now());
    end_waits();
}

void ProducerHandle::end_waits() {
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
        const std::size_t owed = std::exchange(slots_[slot].waits, 0);
        for (std::size_t i = 0; i < owed; ++i) {
            if (auto* events = slots_[slot].events) events->room();
        }
    }
}

void ProducerHandle::stop_looking() {
    const std::lock_guard lock(looking_mutex_);
    looking_ = {};
}

QueueEvent::Left ProducerHandle::drain() {
    if (is_ended()) return QueueEvent::Left::unread;
    draining_ = true;
    std::size_t reported = 0;
    auto left = QueueEvent::Left::more;
    while (reported < reports_per_turn) {
        const Event event(rd_kafka_queue_poll(event_->queue(), 0));
        if (!event) {
            left = QueueEvent::Left::nothing;
            break;
        }
        switch (rd_kafka_event_type(event.get())) {
            case RD_KAFKA_EVENT_DR:
                reported += take_reports(event.get());
                break;
            case RD_KAFKA_EVENT_ERROR:
                note_error(event.get());
                break;
            default:
                break;
        }
    }
    if (reported > 0) offer_room();
    draining_ = false;
    settle();
    return left;
}

std::size_t ProducerHandle::take_reports(rd_kafka_event_t* event) {
    messages_.resize(rd_kafka_event_message_count(event));
    messages_.resize(rd_kafka_event_message_array(event, messages_.data(), messages_.size()));

    const rd_kafka_topic_t* last = nullptr;
    std::string_view topic;
    for (const auto* message : messages_) {
        if (message->rkt != last) {
            last = message->rkt;
            topic = rd_kafka_topic_name(message->rkt);
        }
        const auto opaque = reinterpret_cast<std::uintptr_t>(message->_private);
        const auto slot = static_cast<Slot>(opaque >> 32);
        auto& attached = slots_[slot];
        --attached.outstanding;
        if (attached.events == nullptr) {
            if (attached.outstanding == 0) free_slots_.push_back(slot);
            continue;
        }
        if (attached.reports.empty()) reporting_.push_back(slot);
        const bool failed = message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
        if (failed) note_missing(message->err, topic);
        attached.reports.push_back({.token = static_cast<std::uint32_t>(opaque),
                                    .topic = topic,
                                    .partition = message->partition,
                                    .offset = failed ? -1 : message->offset,
                                    .error = failed ? error_of(message->err) : nullptr});
    }
    outstanding_ -= messages_.size();

    // An owner may end here, and others may come: slots are looked up each time.
    for (const Slot slot : std::exchange(reporting_, {})) {
        auto reports = std::exchange(slots_[slot].reports, {});
        if (auto* events = slots_[slot].events) events->reported(reports);
        reports.clear();
        slots_[slot].reports = std::move(reports);
    }
    return messages_.size();
}

void ProducerHandle::note_error(rd_kafka_event_t* event) {
    if (rd_kafka_event_error_is_fatal(event) == 0 &&
        rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR__FATAL) {
        return;
    }
    spdlog::error("kafka: a producer is unusable and is replaced: {}",
                  rd_kafka_event_error_string(event));
    break_down();
}

void ProducerHandle::note_missing(rd_kafka_resp_err_t code, std::string_view topic) {
    if (code != RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC &&
        code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
        return;
    }
    if (const auto keeper = keeper_.lock()) keeper->missed(handle_, topic);
}

void ProducerHandle::break_down() {
    broken_ = true;
    abandon();
}

const Error* ProducerHandle::error_of(rd_kafka_resp_err_t code) {
    return &errors_.try_emplace(code, to_error(code, "the record was not delivered")).first->second;
}

void ProducerHandle::offer_room() {
    // A quarter at a time: an owner woken for a single place would be back at once.
    if (!full_ || outstanding_ > full_at_ - full_at_ / 4) return;
    full_ = false;
    while (!refused_.empty() && !full_) {
        const Slot slot = refused_.front();
        refused_.pop_front();
        const std::size_t owed = std::exchange(slots_[slot].refusals, 0);
        for (std::size_t i = 0; i < owed; ++i) {
            if (auto* events = slots_[slot].events) events->room();
        }
    }
}

void ProducerHandle::abandon() {
    if (is_orphan() && !orphanage_.running_in_this_thread()) {
        asio::post(orphanage_, [self = shared_from_this()] { self->abandon(); });
        return;
    }
    if (is_ended()) return;
    rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                      RD_KAFKA_PURGE_F_NON_BLOCKING);
}

void ProducerHandle::retire() {
    if (is_orphan()) return;  // It is ending already.
    retired_ = true;
    end_waits();
    settle();
}

void ProducerHandle::settle() {
    // Not while events are read: they are librdkafka's until they are let go.
    if (is_ended() || draining_) return;
    const bool is_done = attached_ == 0 || broken_ || retired_;
    const auto keeper = keeper_.lock();
    if (is_done && outstanding_ == 0) {
        stop_looking();
        event_->stop();
        topics_.reset();
        auto rest = std::exchange(handle_, nullptr);
        if (keeper) keeper->ended(*this, std::move(rest));
    } else if (attached_ == 0 && !is_orphan()) {
        // The shard may end before the broker answers.
        orphan_ = true;
        stop_looking();
        event_->stop();
        if (keeper) keeper->orphaned(*this, orphanage_);
        asio::post(orphanage_, [self = shared_from_this()] { self->listen(self->orphanage_); });
    }
}

}  // namespace gateway::kafka
