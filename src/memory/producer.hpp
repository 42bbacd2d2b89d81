#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "broker/producer.hpp"
#include "memory/block.hpp"
#include "memory/options.hpp"
#include "memory/thread.hpp"

namespace gateway::memory {

/// A producer: copies what one call sends into one block, and hears of it when the block is back.
/// What it has under way is bounded; so is a record.
class Producer final : public gateway::Producer {
public:
    Producer(std::shared_ptr<Thread> thread, asio::any_io_executor executor, const Options& options,
             Events& events);
    ~Producer() override;

    [[nodiscard]] Sent send(std::span<const OutgoingRecord> records) override;

private:
    class Outbox;

    std::shared_ptr<Thread> thread_;
    asio::any_io_executor executor_;
    std::size_t max_record_bytes_;
    std::shared_ptr<Outbox> outbox_;
};

}  // namespace gateway::memory
