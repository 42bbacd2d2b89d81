#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "broker/consumer.hpp"
#include "broker/record.hpp"
#include "kafka/batch.hpp"
#include "kafka/fetch_wake.hpp"
#include "kafka/handle.hpp"
#include "kafka/queue_event.hpp"

namespace gateway::kafka {

/// The half of a consumer that lives on its shard: it hands out the records of the partitions that
/// are the member's, and takes its commits. The other half is Membership.
///
/// What the owner does not take stays here or in librdkafka's queue, which is bounded and then
/// fetches no more: nothing is paused at the broker, so nothing is fetched twice.
class Delivery : public std::enable_shared_from_this<Delivery> {
public:
    /// A partition's beginning in this assignment.
    using Starts = std::vector<Position>;

    /// What goes wrong with a partition is told to `on_error`.
    using OnError = std::function<void(rd_kafka_resp_err_t code, std::string reason)>;

    Delivery(asio::any_io_executor executor, Consumer::Events& events, Batch::WithHeaders headers,
             OnError on_error);

    /// The member has joined. `queue` gives its records; both belong to librdkafka's handle and are
    /// let go of when this is released.
    void open(rd_kafka_t* handle, std::shared_ptr<rd_kafka_queue_t> queue);

    void assign(const Starts& starts);
    void revoke(std::span<const TopicPartition> partitions);

    /// All that is assigned from the beginning is: says so once, before any record.
    void go_live();

    void fail(const Error& error);

    void resume();
    void commit(std::span<const Position> next);

    /// Ends the events at once, lets go of everything that is librdkafka's and calls `released`:
    /// from within the call, but if that comes from within an event, then after the event.
    void release(std::function<void()> released);

private:
    [[nodiscard]] QueueEvent::Left drain();
    [[nodiscard]] bool hand_out();
    [[nodiscard]] bool is_mine(const rd_kafka_message_t& message);
    void let_go();

    template <typename Call>
    void tell(Call call);

    asio::any_io_executor executor_;
    Consumer::Events* events_;
    OnError on_error_;
    rd_kafka_t* handle_ = nullptr;
    std::optional<FetchWake> fetch_wake_;
    std::shared_ptr<QueueEvent> event_;
    Batch batch_;
    bool paused_ = false;
    bool live_ = false;

    std::map<std::string, std::map<std::int32_t, std::int64_t>, std::less<>> starts_;

    // Runs of one partition are long: what was found for the last message holds for the next.
    const rd_kafka_topic_t* last_topic_ = nullptr;
    std::int32_t last_partition_ = -1;
    bool last_is_mine_ = false;

    int inside_ = 0;  ///< Calls of an event that have not returned.
    std::function<void()> released_;
};

}  // namespace gateway::kafka
