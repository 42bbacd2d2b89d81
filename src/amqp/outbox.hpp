#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

#include "amqp/block.hpp"
#include "broker/producer.hpp"

namespace gateway::amqp {

/// What all producers of a broker have under way.
struct Traffic {
    std::atomic<std::size_t> bytes = 0;
    std::atomic<std::size_t> producers = 0;
    std::atomic<std::size_t> orphans = 0;  ///< Producers gone whose records are still under way.
};

/// The half of a producer that reports come back to; it may be the last to know that its owner is
/// gone. All but `post` is for the producer's executor.
class Outbox {
public:
    struct Limits {
        std::size_t records = 0;
        std::size_t bytes = 0;
        std::size_t total_bytes = 0;  ///< Of all producers.
    };

    /// A record's fate.
    struct Settled {
        std::shared_ptr<const Block> block;
        std::uint32_t index = 0;
        std::optional<Error> error;
    };

    Outbox(asio::any_io_executor executor, Producer::Events& events, const Limits& limits,
           std::shared_ptr<Traffic> traffic);
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    /// An empty outbox has room for anything, so that no record waits for ever.
    [[nodiscard]] bool has_room(std::size_t bytes) const;

    void add(std::size_t bytes);
    void refused() { ++rooms_due_; }
    void back(const std::vector<Settled>& settled);

    /// No event follows.
    void end();

    /// Any thread may.
    static void post(const std::shared_ptr<Outbox>& outbox, std::vector<Settled> settled) {
        asio::post(outbox->executor_,
                   [outbox, settled = std::move(settled)] { outbox->back(settled); });
    }

private:
    asio::any_io_executor executor_;
    Producer::Events* events_;  ///< Null: ended.
    Limits limits_;
    std::shared_ptr<Traffic> traffic_;
    std::size_t records_ = 0;  ///< Under way.
    std::size_t bytes_ = 0;
    std::size_t rooms_due_ = 0;
    std::vector<Producer::Report> reports_;
};

}  // namespace gateway::amqp
