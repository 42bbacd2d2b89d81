#include "cluster/inbox.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "nodes/presence.hpp"

namespace gateway::cluster {

Inbox::Inbox(asio::any_io_executor executor, Broker& broker, std::string queue,
             const Options& options, OnRecord on_record, std::function<void()> ready)
    : executor_(std::move(executor)),
      broker_(broker),
      queue_(std::move(queue)),
      options_(options),
      on_record_(std::move(on_record)),
      ready_(std::move(ready)),
      retry_(executor_) {
    if (!broker_.capabilities().positions) {
        consume();
        return;
    }
    reader_ = std::make_unique<TopicReader>(
        executor_, broker_, queue_, FromLatest{},
        TopicReader::Ears{.record =
                              [this](const Record& record) {
                                  on_record_(record.value.value_or(""));
                                  return true;
                              },
                          .ready = ready_});
}

void Inbox::consume() {
    auto consumer = broker_.open_consumer(
        executor_,
        {.topics = {queue_}, .group = queue_, .queue = true, .queue_expiry = options_.expiry},
        *this);
    if (!consumer) return failed(consumer.error());
    consumer_ = std::move(*consumer);
}

void Inbox::live(std::span<const Position>) {
    if (ready_) std::exchange(ready_, nullptr)();
}

std::size_t Inbox::records(std::span<const Record> records) {
    Offsets next;
    for (const Record& record : records) {
        on_record_(record.value.value_or(""));
        next.note(record.topic, record.partition, record.offset + 1);
    }
    consumer_->commit(next.noted());
    return records.size();
}

void Inbox::failed(const Error& error) {
    spdlog::warn("services: cannot consume {} of broker {}: {}", queue_, broker_.name(),
                 error.message);
    retry_.set(nodes::retry_delay, [this] {
        consumer_.reset();
        consume();
    });
}

}  // namespace gateway::cluster
