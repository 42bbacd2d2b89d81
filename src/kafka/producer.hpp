#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "broker/producer.hpp"
#include "kafka/producer_handle.hpp"
#include "kafka/producer_pool.hpp"

namespace gateway::kafka {

/// A session's producer: cheap until its first send, which takes a handle from the pool. Where that
/// one breaks, a fresh one goes on; what the broken one had is reported as failed.
class Producer final : public gateway::Producer {
public:
    /// `events` must outlive it.
    Producer(std::shared_ptr<ProducerPool> pool, asio::any_io_executor executor, Events& events);
    ~Producer() override;

    [[nodiscard]] Sent send(std::span<const OutgoingRecord> records) override;

private:
    struct Lease {
        std::shared_ptr<ProducerHandle> handle;
        ProducerHandle::Slot slot = 0;
    };

    std::shared_ptr<ProducerPool> pool_;
    asio::any_io_executor executor_;
    Events& events_;
    std::vector<Lease> leases_;  ///< The last is in use; the others are broken.
};

}  // namespace gateway::kafka
