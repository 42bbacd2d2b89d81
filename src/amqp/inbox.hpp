#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

#include "amqp/batch.hpp"
#include "amqp/connection.hpp"
#include "amqp/intake.hpp"
#include "amqp/topics.hpp"
#include "broker/consumer.hpp"

namespace gateway::amqp {

/// The half of a consumer that its intakes know, and that numbers what they bring: the offsets of a
/// topic count what this consumer took of it, from 0 on. What was not taken when a connection was
/// lost comes again, under the same numbers, and what was not committed under later ones.
///
/// Shared, because what is posted may come after its consumer is gone. All is for the consumer's
/// executor, but the intakes' events, which go there.
class Inbox final : public std::enable_shared_from_this<Inbox>, public Intake::Events {
public:
    /// All but `events`, which must live until `end`, must outlive it.
    Inbox(asio::any_io_executor executor, std::shared_ptr<Connection> connection,
          std::shared_ptr<Topics> topics, Consumer::Events& events);

    /// Consumes these, which are of different topics. To be called once.
    void open(std::vector<Intake::Plan> plans);

    /// The last event, soon.
    void fail_later(Error error);

    void resume();
    void commit(std::span<const Position> next);

    /// No event follows. Calls `done`, on any thread, when the broker knows.
    void end(std::function<void()> done);

    [[nodiscard]] const std::shared_ptr<Connection>& connection() const { return connection_; }

private:
    struct Lane {
        std::string topic;
        std::shared_ptr<Intake> intake;
        bool is_ready = false;
        std::uint64_t generation = 0;  ///< 0: what is under way is void.
        std::int64_t base = 0;         ///< The offset of the generation's first delivery.
        std::int64_t next = 0;         ///< Of the next that comes.
        std::int64_t taken = 0;        ///< Of the next that is taken.
        std::int64_t committed = 0;
    };
    struct Waiting {
        std::size_t lane = 0;
        std::unique_ptr<Batch> batch;
        std::size_t taken = 0;
    };

    void intake_ready(Intake& intake) override;
    void intake_records(Intake& intake, std::unique_ptr<Batch> batch) override;
    void intake_lost(Intake& intake, const Error& error) override;
    void intake_failed(Intake& intake, const Error& error) override;

    void ready(std::size_t lane, std::uint64_t generation);
    void deliver(std::size_t lane, std::unique_ptr<Batch> batch);
    void lost(std::size_t lane, const Error& error);
    void fail(const Error& error);
    void go_on();
    void detach(std::function<void()> done);

    /// Calls `work(inbox, lane)` on the executor.
    template <typename Work>
    void post(const Intake& intake, Work work);

    asio::any_io_executor executor_;
    std::shared_ptr<Connection> connection_;
    std::shared_ptr<Topics> topics_;
    Consumer::Events* events_;  ///< Null: ended.
    std::vector<Lane> lanes_;   ///< Ordered by topic; unchanged once open.
    std::deque<Waiting> waiting_;
    bool is_live_ = false;
    bool is_stopped_ = false;
    bool is_handing_over_ = false;
};

}  // namespace gateway::amqp
