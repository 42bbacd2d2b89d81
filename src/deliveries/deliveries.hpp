#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "broker/broker.hpp"
#include "deliveries/message.hpp"
#include "deliveries/options.hpp"
#include "deliveries/reports.hpp"
#include "deliveries/round.hpp"
#include "gateway/alarm.hpp"
#include "gateway/counters.hpp"
#include "gateway/node.hpp"
#include "gateway/nodes.hpp"
#include "gateway/offsets.hpp"
#include "gateway/shard.hpp"
#include "nodes/presence.hpp"
#include "nodes/sender.hpp"

namespace gateway::deliveries {

/// Consumes this server's queue, and takes what is in it to the clients: to those of this server by
/// a round through its shards, to those of others by their queues.
///
/// A batch of the queue is committed once every client has been visited and the broker has what
/// was forwarded; the next one is not begun before. What crashes in between comes again, so a
/// client may get a delivery twice. What is forwarded is not forwarded again. Reports are not
/// waited for: a queue for them that takes nothing must not hold up the clients of others.
///
/// Lives on its executor, one of the shards'; the first one to call is `start`, on any thread. That
/// executor must not run any more when it is destroyed: what is posted there leads to it.
class Deliveries final : public Nodes, private Consumer::Events {
public:
    /// Everything passed by reference must outlive it; `node.queue` is the queue.
    Deliveries(asio::any_io_executor executor, Broker& broker, std::vector<Shard*> shards,
               const Node& node, Counters& counters, const Options& options);
    ~Deliveries() override;
    Deliveries(const Deliveries&) = delete;
    Deliveries& operator=(const Deliveries&) = delete;

    /// The broker is started; the shards' executors need not run yet.
    void start();

    /// Takes nothing more out of the queue, tells the others, and calls `done`, on its executor,
    /// when the broker has their word, or was given a second to take it; at once where it is away.
    /// Any thread.
    void stop(std::function<void()> done);

    void list(asio::any_io_executor executor,
              std::function<void(const std::string&)> done) override;

private:
    /// Of one message: its clients here, by their places in the errand's numbers, or elsewhere.
    struct Task {
        bool is_only_here = false;  ///< No other server was told, or tells.
        std::vector<std::string> clients{};
        std::string reply_to{};
        std::string correlation_id{};
    };

    /// One message on its way to the queue of another server.
    struct Forward {
        std::shared_ptr<const Message> message;
        std::string process;
        std::string queue;
        std::vector<std::string> clients{};
    };

    /// What is under way, from the queue until it is committed.
    struct Batch {
        std::shared_ptr<std::vector<Errand>> errands = std::make_shared<std::vector<Errand>>();
        std::vector<Task> tasks{};  ///< One an errand.
        Offsets next{};
        std::size_t bytes = 0;
        std::size_t visits = 0;           ///< Of clients, about.
        std::size_t missing = 1;          ///< The round, and messages that are forwarded.
        std::deque<Forward> forwards{};   ///< That wait for room.
        std::size_t unsettled_bytes = 0;  ///< Forwarded, without the broker's word.
        bool is_forwarding = false;
    };

    void live(std::span<const Position> starts) override;
    [[nodiscard]] std::size_t records(std::span<const Record> records) override;
    void lost(const Lost& lost) override;
    void revoked(std::span<const TopicPartition>) override {}
    void failed(const Error& error) override;

    void prepare();
    void prepare_later(const Error& error);
    void met();
    void warn(std::string_view what, const Error& error);
    void consume();
    void read(const Record& record);
    void distribute(Message message);
    void forward_later(Forward forward);
    void forward_waiting();
    void send(Forward forward);
    void not_forwarded(const Error& error, const Forward& forward);
    void returned(const std::vector<Outcome>& outcomes);
    void returned_from_clients(Task& task, const Outcome& outcome);
    void returned_from_users(const Task& task, const Errand& errand, const Outcome& outcome);
    void dropped(const Task& task, std::span<const std::string> names, Reports::Named named);
    void settle();
    void finish_batch();
    void finish_stop();

    const Options& options_;

    asio::any_io_executor executor_;
    Broker& broker_;
    std::vector<Shard*> shards_;
    const Node& node_;
    Counters::Deliveries& counters_;
    nodes::Sender sender_;
    nodes::Presence presence_;
    MessageReader reader_;
    Reports reports_;
    Alarm retry_;
    std::size_t everyone_;          ///< Clients that a message for all visited last,
    std::size_t of_a_user_;         ///< and one for users for each of them.
    std::string trouble_;           ///< Why it consumes nothing, as the log has it.
    std::unique_ptr<Batch> batch_;  ///< Null: nothing is under way.
    bool is_announced_ = false;
    bool has_met_ = false;  ///< The other servers.
    bool is_stopping_ = false;
    bool is_closing_ = false;  ///< The consumer leaves its group,
    bool is_closed_ = false;   ///< and has.
    std::function<void()> stopped_;
    std::unique_ptr<Consumer> consumer_;
};

}  // namespace gateway::deliveries
