#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "broker/consumer.hpp"
#include "broker/record.hpp"
#include "broker/start.hpp"
#include "kafka/handle.hpp"
#include "kafka/intake.hpp"

namespace gateway::kafka {

/// The half of a consumer that lives on its shard: it hands out the records of the partitions that
/// are the member's, and takes its commits. The other half is Membership.
class Delivery : public std::enable_shared_from_this<Delivery>, private Intake::Owner {
public:
    /// A partition's beginning in this assignment.
    using Starts = std::vector<Position>;

    /// What goes wrong with a partition, where it has come to `at`.
    using OnError =
        std::function<void(rd_kafka_resp_err_t code, const Position& at, std::string reason)>;

    Delivery(asio::any_io_executor executor, Consumer::Events& events, Batch::WithHeaders headers,
             OnError on_error);

    /// The member has joined. `queue` gives its records; both belong to librdkafka's handle and are
    /// let go of when this is released.
    void open(rd_kafka_t* handle, std::shared_ptr<rd_kafka_queue_t> queue);

    /// These partitions are the member's, and their records may come.
    void assign(const Starts& starts);

    void revoke(std::span<const TopicPartition> partitions);

    /// Where what was assigned so far starts is fixed: says so once, before any record.
    void go_live();

    /// Hands over nothing until `move` or `go_on`, and says where what it has comes to: `at`, which
    /// goes on at `next`, and, if `all`, the member's other partitions, whose records that are not
    /// taken it forgets. Nothing, and no hold, if the member has not come to `at`.
    [[nodiscard]] Starts hold(const Position& at, std::int64_t next, bool all);

    /// librdkafka reads these from here now. Goes on after saying what is lost, if anything is.
    void move(const Starts& places, const std::optional<Lost>& lost);

    void go_on() { intake_.go_on(); }

    void fail(const Error& error);

    void resume() { intake_.resume(); }

    /// Leaves out what is not of this assignment, or lies beyond what was handed over: that is of a
    /// log that is gone.
    void commit(std::span<const Position> next);

    /// Ends the events at once, lets go of everything that is librdkafka's and calls `released`:
    /// from within the call, but if that comes from within an event, then after the event.
    void release(std::function<void()> released);

private:
    bool keeps(const rd_kafka_message_t& message) override;
    std::size_t records(std::span<const Record> records) override;
    void mark(const rd_kafka_message_t& message) override;

    struct Place {
        std::int64_t start = 0;  ///< In this assignment.
        std::int64_t next = 0;   ///< The offset to hand over next.
        std::int64_t end = 0;    ///< No commit is beyond this.
    };

    [[nodiscard]] Place* find(std::string_view topic, std::int32_t partition);
    void forward(const Position& place);
    void reach(std::span<const Record> records, std::int64_t Place::*offset);

    Consumer::Events* events_;
    OnError on_error_;
    rd_kafka_t* handle_ = nullptr;
    std::shared_ptr<rd_kafka_queue_t> queue_;
    Intake intake_;
    bool live_ = false;

    std::map<std::string, std::map<std::int32_t, Place>, std::less<>> places_;

    // Runs of one partition are long: what was found for the last message holds for the next.
    const rd_kafka_topic_t* last_topic_ = nullptr;
    std::int32_t last_partition_ = -1;
    bool last_is_mine_ = false;
};

}  // namespace gateway::kafka
