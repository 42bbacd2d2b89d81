#include "cluster/inbox.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "nodes/times.hpp"

namespace gateway::cluster {

Inbox::Inbox(asio::any_io_executor executor, Broker& broker, std::string queue,
             const Options& options, Ears ears)
    : executor_(std::move(executor)),
      broker_(broker),
      queue_(std::move(queue)),
      options_(options),
      ears_(std::move(ears)),
      retry_(executor_) {
    if (!broker_.capabilities().positions) {
        consume();
        return;
    }
    reader_ = std::make_unique<nodes::TopicReader>(
        executor_, broker_, "services", queue_, FromLatest{},
        nodes::TopicReader::Ears{.record =
                                     [this](const Record& record) {
                                         ears_.record(record.value.value_or(""));
                                         return true;
                                     },
                                 .lost = ears_.lost,
                                 .ready = ears_.ready});
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
    if (ears_.ready) std::exchange(ears_.ready, nullptr)();
}

std::size_t Inbox::records(std::span<const Record> records) {
    Offsets next;
    for (const Record& record : records) {
        ears_.record(record.value.value_or(""));
        next.note(record.topic, record.partition, record.offset + 1);
    }
    consumer_->commit(next.noted());
    return records.size();
}

void Inbox::failed(const Error& error) {
    spdlog::warn("services: cannot consume {} of broker {}: {}", queue_, broker_.name(),
                 error.message);
    ears_.lost();
    retry_.set(nodes::retry_delay, [this] {
        consumer_.reset();
        consume();
    });
}

}  // namespace gateway::cluster
