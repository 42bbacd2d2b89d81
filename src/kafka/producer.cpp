#include "kafka/producer.hpp"

#include <utility>

namespace gateway::kafka {

Producer::Producer(std::shared_ptr<ProducerPool> pool, asio::any_io_executor executor,
                   Events& events)
    : pool_(std::move(pool)), executor_(std::move(executor)), events_(events) {}

Producer::~Producer() {
    for (const auto& [handle, slot] : leases_) handle->detach(slot);
}

Producer::Sent Producer::send(std::span<const OutgoingRecord> records) {
    std::size_t taken = 0;
    while (taken < records.size()) {
        if (leases_.empty() || leases_.back().handle->is_broken()) {
            auto handle = pool_->acquire(executor_);
            if (!handle) return {.taken = taken, .error = handle.error()};
            const auto slot = (*handle)->attach(events_);
            leases_.push_back({.handle = std::move(*handle), .slot = slot});
        }
        const auto& [handle, slot] = leases_.back();
        auto sent = handle->send(slot, records.subspan(taken));
        taken += sent.taken;
        if (sent.error) return {.taken = taken, .error = std::move(sent.error)};
    }
    return {.taken = taken, .error = {}};
}

}  // namespace gateway::kafka
