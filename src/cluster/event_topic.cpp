#include "cluster/event_topic.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "cluster/telling.hpp"

namespace gateway::cluster {

namespace {

using services::Emitted;

constexpr std::size_t overhead = 64;  // bytes: of a record, and of each event

/// The most that it takes in a record: each character of a name may need an escape.
std::size_t size_of(const Emitted& event) {
    return overhead + 2 * (event.service.size() + event.name.size()) + event.data.size();
}

/// How many of the first go into one record.
std::size_t run_of(std::span<const Emitted> events, std::size_t bytes) {
    std::size_t count = 0;
    while (count < events.size() && (count == 0 || size_of(events[count]) <= bytes)) {
        bytes -= std::min(bytes, size_of(events[count++]));
    }
    return count;
}

}  // namespace

EventTopic::EventTopic(Around around) : around_(std::move(around)), wait_(around_.executor) {}

void EventTopic::read(std::function<void()> ready) {
    reader_ = std::make_unique<nodes::TopicReader>(
        around_.executor, around_.broker, "services", around_.topic, FromLatest{},
        nodes::TopicReader::Ears{
            .record = [this](const Record& record) { return hear(record.value.value_or("")); },
            .ready = std::move(ready)});
}

std::size_t EventTopic::max_bytes() const {
    const std::size_t head = overhead + 2 * around_.node.process.size();
    return around_.options.max_record_bytes - std::min(around_.options.max_record_bytes, head);
}

std::optional<Error> EventTopic::refusal_of(const Emitted& event) const {
    if (size_of(event) > max_bytes()) {
        return Error(Errc::record_too_large, fmt::format("events for other servers have at most {} "
                                                         "bytes (services.max_record_bytes)",
                                                         max_bytes()));
    }
    if (unsettled_bytes_ < around_.options.max_unsettled_bytes) return std::nullopt;
    return Error(Errc::queue_full,
                 "events for other servers take services.max_unsettled_bytes at the broker");
}

void EventTopic::carry(std::vector<Emitted> events) {
    std::vector<std::string> records;
    for (std::span<const Emitted> rest = events; !rest.empty();) {
        const std::size_t count = run_of(rest, max_bytes());
        append_events(records.emplace_back(), around_.node.process, rest.first(count));
        unsettled_bytes_ += records.back().size();
        rest = rest.subspan(count);
    }
    asio::post(around_.executor, [this, records = std::move(records)] {
        for (const std::string& record : records) send(record);
    });
}

void EventTopic::send(const std::string& record) {
    if (!is_open_) {
        unsettled_bytes_ -= record.size();
        return;
    }
    around_.sender.to_topic(around_.topic, around_.node.process, record,
                            [this, bytes = record.size()](const Error* error) {
                                unsettled_bytes_ -= bytes;
                                const bool was = std::exchange(is_in_trouble_, error != nullptr);
                                if (!error || was) return;
                                spdlog::warn("services: events do not reach other nodes: {}",
                                             error->message);
                            });
}

bool EventTopic::hear(std::string_view record) {
    if (!around_.events.has_room(record.size())) {
        wait_.set(std::chrono::milliseconds(10), [this] { reader_->resume(); });
        return false;
    }
    const auto heard = parse_events(record, outline_);
    if (!heard || heard->process == around_.node.process) return true;
    for (const Emitted& event : heard->events) around_.events.receive(event);
    return true;
}

void EventTopic::stop() {
    is_open_ = false;
    wait_.cancel();
    reader_.reset();
}

}  // namespace gateway::cluster
