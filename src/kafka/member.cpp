#include "kafka/member.hpp"

#include <fmt/format.h>

namespace gateway::kafka {

Member::Member(Services services, std::string group)
    : services_(std::move(services)),
      group_(std::move(group)),
      strand_(services_.workers->strand()) {}

void Member::attach(asio::any_io_executor executor, std::weak_ptr<Delivery> delivery) {
    const std::lock_guard lock(shard_mutex_);
    shard_ = std::move(executor);
    delivery_ = std::move(delivery);
}

void Member::detach() {
    const std::lock_guard lock(shard_mutex_);
    detached_ = true;
}

std::optional<Error> Member::open(QueueEvent::Drain drain) {
    if (event_) return std::nullopt;
    std::string reason;
    handle_ = open_handle(RD_KAFKA_CONSUMER, services_.properties->consumer(group_), reason);
    if (handle_) {
        rd_kafka_poll_set_consumer(handle_.get());
        try {
            event_ =
                QueueEvent::open(strand_, Queue(rd_kafka_queue_get_consumer(handle_.get())), drain);
        } catch (const std::system_error& error) {
            reason = error.what();
        }
    }
    if (!event_) return Error(Errc::internal, fmt::format("no consumer can be opened: {}", reason));
    records_ = Queue(rd_kafka_queue_new(handle_.get()));
    tell([handle = handle_.get(), queue = records_](Delivery& delivery) mutable {
        delivery.open(handle, std::move(queue));
    });
    return std::nullopt;
}

Handle Member::close() {
    if (event_) event_->stop();
    records_.reset();
    return std::move(handle_);
}

}  // namespace gateway::kafka
