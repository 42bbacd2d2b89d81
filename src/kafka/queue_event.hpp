#pragma once

#include <functional>
#include <memory>

#include <asio/any_io_executor.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "kafka/handle.hpp"

namespace gateway::kafka {

/// Tells an executor that one of librdkafka's queues has something: librdkafka raises an eventfd,
/// which the executor waits for. No thread of ours polls, and none of librdkafka's runs our code.
///
/// Call everything on that executor, which runs one thing at a time.
class QueueEvent : public std::enable_shared_from_this<QueueEvent> {
public:
    enum class Left {
        nothing,  ///< The queue was found empty: call again when something comes.
        more,     ///< The budget ended first: call again after others had their turn.
        unread,   ///< Stopped reading on purpose: call again after `wake()`.
    };
    using Drain = std::function<Left()>;

    /// `drain` takes from the queue without waiting. It may call `stop()`.
    [[nodiscard]] static std::shared_ptr<QueueEvent> open(asio::any_io_executor executor,
                                                          std::shared_ptr<rd_kafka_queue_t> queue,
                                                          Drain drain);

    ~QueueEvent();

    [[nodiscard]] rd_kafka_queue_t* queue() const { return queue_.get(); }

    /// Calls `drain` soon, whatever the queue says.
    void wake();

    /// Lets go of the queue; `drain` is not called again.
    void stop();

private:
    QueueEvent(asio::any_io_executor executor, std::shared_ptr<rd_kafka_queue_t> queue,
               Drain drain);

    void wait();
    void run();

    std::shared_ptr<rd_kafka_queue_t> queue_;
    Drain drain_;
    asio::posix::stream_descriptor event_;
    bool waiting_ = false;  ///< For the descriptor.
    bool posted_ = false;   ///< A run is on its way.
};

}  // namespace gateway::kafka
