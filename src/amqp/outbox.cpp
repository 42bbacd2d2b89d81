#include "amqp/outbox.hpp"

namespace gateway::amqp {

Outbox::Outbox(asio::any_io_executor executor, Producer::Events& events, const Limits& limits,
               std::shared_ptr<Traffic> traffic)
    : executor_(std::move(executor)),
      events_(&events),
      limits_(limits),
      traffic_(std::move(traffic)) {
    ++traffic_->producers;
}

Outbox::~Outbox() {
    traffic_->bytes -= bytes_;
    if (!events_ && records_ > 0) --traffic_->orphans;
}

bool Outbox::has_room(std::size_t bytes) const {
    if (records_ == 0) return true;
    return records_ < limits_.records && bytes_ + bytes <= limits_.bytes &&
           traffic_->bytes + bytes <= limits_.total_bytes;
}

void Outbox::add(std::size_t bytes) {
    ++records_;
    bytes_ += bytes;
    traffic_->bytes += bytes;
}

void Outbox::end() {
    events_ = nullptr;
    --traffic_->producers;
    if (records_ > 0) ++traffic_->orphans;
}

void Outbox::back(const std::vector<Settled>& settled) {
    reports_.clear();
    for (const auto& [block, index, error] : settled) {
        const OutgoingRecord& record = block->records()[index];
        const std::size_t cost = Block::cost(record);
        --records_;
        bytes_ -= cost;
        traffic_->bytes -= cost;
        reports_.push_back({.token = record.token,
                            .topic = record.topic,
                            .partition = 0,
                            .offset = -1,
                            .error = error ? &*error : nullptr});
    }
    if (!events_) {
        if (records_ == 0) --traffic_->orphans;
        return;
    }
    events_->reported(reports_);
    while (events_ && rooms_due_ > 0 && records_ <= limits_.records / 2 &&
           bytes_ <= limits_.bytes / 2) {
        --rooms_due_;
        events_->room();
    }
}

}  // namespace gateway::amqp
