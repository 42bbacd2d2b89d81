#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <librdkafka/rdkafka.h>
namespace gateway::kafka {

/// The threads for librdkafka's calls that block, so that none is made on a shard.
///
/// Jobs answer by posting values to the executor they came from. Any thread may call.
class Workers {
public:
    using Strand = asio::strand<asio::thread_pool::executor_type>;

    explicit Workers(std::size_t threads) : pool_(threads) {}

    /// Jobs posted to one strand run one after the other.
    [[nodiscard]] Strand strand() { return asio::make_strand(pool_.get_executor()); }

    template <typename Job>
    void post(Job job) {
        asio::post(pool_, std::move(job));
    }

    /// Ends a handle, unless others share it. Its queues and topics must have ended.
    void end(std::shared_ptr<rd_kafka_t> handle) {
        post([handle = std::move(handle)]() mutable { handle.reset(); });
    }

    /// Finishes all jobs and ends the threads. Later ones never run.
    void join() { pool_.join(); }

private:
    asio::thread_pool pool_;
};

}  // namespace gateway::kafka
