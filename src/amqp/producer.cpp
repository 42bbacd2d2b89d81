#include "amqp/producer.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "amqp/connection.hpp"
#include "amqp/names.hpp"
#include "amqp/publisher.hpp"

namespace gateway::amqp {

namespace {

// Key and headers travel in one frame, each with some bytes around it.
constexpr std::size_t max_header_bytes = Link::max_frame_bytes - 4096;
constexpr std::size_t bytes_around_header = 8;

}  // namespace

Producer::Producer(std::shared_ptr<Connection> connection, std::shared_ptr<Publisher> publisher,
                   std::shared_ptr<Traffic> traffic, asio::any_io_executor executor,
                   const Options& options, Events& events)
    : connection_(std::move(connection)),
      publisher_(std::move(publisher)),
      options_(options),
      outbox_(std::make_shared<Outbox>(std::move(executor), events,
                                       Outbox::Limits{.records = options.max_unconfirmed,
                                                      .bytes = options.max_unconfirmed_bytes,
                                                      .total_bytes = options.max_total_bytes},
                                       std::move(traffic))) {}

Producer::~Producer() { outbox_->end(); }

std::optional<Error> Producer::refusal(const OutgoingRecord& record) const {
    if (record.partition > 0 || record.partition < OutgoingRecord::any_partition) {
        return Error(Errc::partition_not_found);
    }
    if (record.topic.size() > max_name_bytes || record.routing_key.size() > max_name_bytes) {
        return Error(Errc::invalid_topic,
                     fmt::format("a name or routing key has at most {} bytes", max_name_bytes));
    }
    if (Block::payload(record) > options_.max_record_bytes) {
        return Error(Errc::record_too_large,
                     fmt::format("a record has at most {} bytes of key, value and headers",
                                 options_.max_record_bytes));
    }
    std::size_t header_bytes = record.key.value_or("").size();
    for (const auto& [name, value] : record.headers) {
        if (name.size() > max_name_bytes) {
            return Error(Errc::invalid_record,
                         fmt::format("a header's name has at most {} bytes", max_name_bytes));
        }
        header_bytes += name.size() + value.value_or("").size() + bytes_around_header;
    }
    if (header_bytes > max_header_bytes) {
        return Error(Errc::record_too_large,
                     fmt::format("key and headers have at most {} bytes", max_header_bytes));
    }
    return std::nullopt;
}

Producer::Sent Producer::send(std::span<const OutgoingRecord> records) {
    Sent sent;
    for (const auto& record : records) {
        sent.error = refusal(record);
        if (sent.error) break;
        const std::size_t cost = Block::cost(record);
        if (!outbox_->has_room(cost)) {
            outbox_->refused();
            sent.error = Error(Errc::queue_full);
            break;
        }
        outbox_->add(cost);
        ++sent.taken;
    }
    if (sent.taken == 0) return sent;
    auto block =
        std::make_shared<const Block>(records.first(sent.taken), timestamp_now(),
                                      std::chrono::steady_clock::now() + options_.delivery_timeout);
    connection_->post([publisher = publisher_, outbox = outbox_, block = std::move(block)] {
        publisher->take(outbox, block);
    });
    return sent;
}

}  // namespace gateway::amqp
