#include "amqp/reader.hpp"

#include <utility>

#include "amqp/connection.hpp"

namespace gateway::amqp {

Reader::Reader(Services services, asio::any_io_executor executor, Events& events)
    : services_(std::move(services)), executor_(std::move(executor)) {
    ++services_.census->readers;
    // It does not hold the inbox, which holds this.
    const auto self = std::make_shared<std::weak_ptr<ReaderInbox>>();
    inbox_ = std::make_shared<ReaderInbox>(
        executor_, events,
        [services = services_, self](const std::string& topic, ReaderInbox::Stay stay,
                                     std::int64_t next, std::size_t bytes) {
            services.connection->post([taps = services.taps, self, topic, stay, next, bytes] {
                if (const auto inbox = self->lock()) {
                    taps->taken(*inbox, stay, topic, next, bytes);
                }
            });
        });
    *self = inbox_;
}

Reader::~Reader() {
    for (const auto& [topic, stay] : inbox_->stays()) leave(topic, stay);
    inbox_->end();
    ++services_.census->orphans;
    services_.connection->post([census = services_.census] {
        --census->readers;
        --census->orphans;
    });
}

void Reader::leave(const std::string& topic, ReaderInbox::Stay stay) {
    services_.connection->post([taps = services_.taps, inbox = inbox_, topic, stay] {
        taps->remove(*inbox, stay, topic);
    });
}

void Reader::add(std::span<const Position> positions) {
    for (const Position& each : positions) {
        const ReaderInbox::Stay stay = ++last_stay_;
        if (each.partition != 0) {
            const std::string key = each.topic + ':' + std::to_string(each.partition);
            inbox_->begin(key, stay);
            inbox_->send(
                key, stay,
                ReaderInbox::Ended{{each.topic, each.partition}, Error(Errc::partition_not_found)});
            continue;
        }
        const ReaderInbox::Stay former = inbox_->stay_of(each.topic);
        inbox_->begin(each.topic, stay);
        services_.connection->post([taps = services_.taps, inbox = inbox_, stay, position = each] {
            taps->add(inbox, stay, position);
        });
        if (former != 0) leave(each.topic, former);
    }
}

void Reader::drop(std::span<const TopicPartition> partitions) {
    for (const TopicPartition& each : partitions) {
        const ReaderInbox::Stay stay = inbox_->stay_of(each.topic);
        if (each.partition != 0 || stay == 0) continue;
        inbox_->drop(each.topic);
        leave(each.topic, stay);
    }
}

}  // namespace gateway::amqp
