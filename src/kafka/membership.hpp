#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include "broker/consumer.hpp"
#include "kafka/catalog.hpp"
#include "kafka/delivery.hpp"
#include "kafka/departure.hpp"
#include "kafka/member.hpp"
#include "kafka/queue_event.hpp"
#include "kafka/relocation.hpp"
#include "kafka/share.hpp"
#include "kafka/subscription.hpp"

namespace gateway::kafka {

/// The half of a consumer that lives on the workers: it joins the group with the topics that there
/// are, and leaves it. There librdkafka may block, and there it goes on when the consumer is
/// destroyed, until the group is left. Its Share answers the group's rebalances.
///
/// Every call may come from any thread.
class Membership final : public Member {
public:
    /// Told on the worker that it has ended, and with it librdkafka's handle.
    using OnEnd = std::function<void(const Membership&)>;

    Membership(Services services, Consumer::Options options, OnEnd on_end);

    [[nodiscard]] asio::any_io_executor executor() const { return strand(); }

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
    [[nodiscard]] std::shared_ptr<Membership> self();

    void look_up_topics();
    void begin(std::shared_ptr<const Catalog::Topics> topics);
    void look_again();
    [[nodiscard]] bool open_handle();
    void subscribe(Catalog::Topics topics);
    void grow(Catalog::Topics topics);
    void complete();
    void go_live();

    [[nodiscard]] QueueEvent::Left drain();
    void poll_later();
    void check_topics();
    void look_at(const Catalog::Topics& topics);

    void judge(rd_kafka_resp_err_t code, const std::string& reason);
    void fail(const Error& error) override;
    void ended();

    std::atomic<bool> orphan_ = false;
    Subscription subscription_;
    Share share_;
    Relocation relocation_;
    Departure departure_;
    OnEnd on_end_;
    int misses_ = 0;           ///< Looks, in a row, that did not show each of its topics.
    bool incomplete_ = false;  ///< librdkafka has joined without a topic that it does not know.
    bool has_joined_ = false;
    asio::steady_timer look_timer_;
    asio::steady_timer poll_timer_;
};

}  // namespace gateway::kafka
