#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include "broker/consumer.hpp"
#include "kafka/catalog.hpp"
#include "kafka/delivery.hpp"
#include "kafka/handle.hpp"
#include "kafka/locator.hpp"
#include "kafka/loss.hpp"
#include "kafka/probe.hpp"
#include "kafka/properties.hpp"
#include "kafka/queue_event.hpp"
#include "kafka/subscription.hpp"
#include "kafka/workers.hpp"

namespace gateway::kafka {

/// The half of a consumer that lives on the workers: it joins the group, answers its rebalances
/// and leaves it. There librdkafka may block, and there it goes on when the consumer is destroyed,
/// until the group is left.
///
/// A partition is taken back from Delivery before librdkafka gives it up, and is Delivery's before
/// librdkafka fetches from it. Every call may come from any thread.
class Membership : public std::enable_shared_from_this<Membership> {
public:
    /// Told on the worker that it has ended, and with it librdkafka's handle.
    using OnEnd = std::function<void(const Membership&)>;

    /// What all memberships share. `catalog`, `locator` and `probe` must outlive them.
    struct Services {
        std::shared_ptr<const Properties> properties;
        std::shared_ptr<Workers> workers;
        Catalog* catalog;
        Locator* locator;
        const Probe* probe;
        std::size_t max_topics;  ///< That patterns may lead to.
    };

    Membership(Services services, Consumer::Options options, OnEnd on_end);

    [[nodiscard]] asio::any_io_executor executor() const { return strand_; }

    /// Joins; what follows is told to `delivery`, on the shard's `executor`.
    void join(asio::any_io_executor executor, std::weak_ptr<Delivery> delivery);

    /// The shard's executor is not used from the moment this returns. Call it there.
    void detach();

    /// Leaves the group at once; `done` is called on a worker when it has left, or when it has
    /// tried for some seconds, and at once if that was before. Delivery must have let go of what is
    /// librdkafka's.
    void leave(std::function<void()> done);

    /// Tells Delivery to let go, then leaves: for a broker that stops.
    void retire(const Error& error);

    /// Ends without waiting for the broker, once leaving has begun: for a process that ends.
    void abandon();

    /// What librdkafka said about a partition, where Delivery has come to `at`.
    void note_error(rd_kafka_resp_err_t code, const Position& at, std::string reason);

    /// Its consumer is gone, and it is still leaving.
    [[nodiscard]] bool is_orphan() const { return orphan_; }

private:
    template <typename Job>
    void tell(Job job);
    template <typename Job>
    void after(std::chrono::milliseconds pause, Job job);

    void look_up_topics();
    void begin(std::shared_ptr<const Catalog::Topics> topics);
    void look_again();
    [[nodiscard]] bool open();
    void subscribe(std::vector<std::string> topics);
    void complete();

    [[nodiscard]] QueueEvent::Left drain();
    void poll_later();
    void check_topics();
    void look_at(const Catalog::Topics& topics);
    void note_lost(const Catalog::Topics& topics);
    void rebalance(rd_kafka_event_t* event);
    void assign(Partitions partitions);
    void find_starts();
    void take_starts(const Locator::Answer& answer);
    void assign_from(std::span<const Position> starts);
    void go_live();
    void revoke(Partitions partitions);
    void give_up_revoked();

    void look_for_place(const Position& wanted);
    void take_place(const Position& wanted, const Locator::Answer& answer);
    void go_on_at(const Position& wanted, const Recovery& recovery);
    void move(Delivery::Starts places, const Position& wanted, const Recovery& recovery,
              std::uint64_t rebalance);

    void judge(rd_kafka_resp_err_t code, const std::string& reason);
    void fail(const Error& error);

    void start_leaving();
    void wait_for_goodbye(std::chrono::milliseconds time, std::chrono::milliseconds waited);
    void wait_no_more();
    void end();
    void destroy();

    Services services_;
    std::string group_;
    Subscription subscription_;
    OnEnd on_end_;
    Workers::Strand strand_;

    std::mutex shard_mutex_;
    asio::any_io_executor shard_;
    std::weak_ptr<Delivery> delivery_;
    bool detached_ = false;
    std::atomic<bool> orphan_ = false;

    // The strand's from here on.
    Handle handle_;
    std::shared_ptr<rd_kafka_queue_t> records_;
    std::shared_ptr<QueueEvent> event_;
    std::vector<std::string> topics_;  ///< Subscribed to.
    Partitions assigning_;  ///< Assigned by the group, and their starts are not known yet.
    Partitions revoking_;   ///< Delivery is giving them up.
    std::uint64_t rebalances_ = 0;
    int attempts_ = 0;
    int misses_ = 0;           ///< Looks, in a row, that did not show each of its topics.
    bool moving_ = false;      ///< A partition goes on at another place.
    bool incomplete_ = false;  ///< librdkafka has joined without a topic that it does not know.
    bool has_joined_ = false;
    bool live_ = false;
    bool failed_ = false;
    bool lost_a_topic_ = false;  ///< One of its topics was deleted.
    bool leaving_ = false;
    bool waits_no_more_ = false;  ///< Those who asked it to leave.
    std::atomic<bool> ended_ = false;
    std::vector<std::function<void()>> done_;
    asio::steady_timer retry_timer_;
    asio::steady_timer look_timer_;
    asio::steady_timer poll_timer_;
    asio::steady_timer leave_timer_;
};

}  // namespace gateway::kafka
