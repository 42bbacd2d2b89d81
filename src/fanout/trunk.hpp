#pragma once

#include <atomic>
#include <cstddef>
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

#include "broker/broker.hpp"
#include "fanout/feed.hpp"
#include "fanout/options.hpp"
#include "gateway/alarm.hpp"
#include "gateway/connection.hpp"
#include "gateway/counters.hpp"
#include "gateway/view.hpp"

namespace gateway::fanout {

class Branch;

/// Reads each topic of one broker that anybody follows, once for all, and hands its batches to the
/// shards that have followers.
///
/// What it does it does on its executor, a shard's. Calls may come from any thread and are carried
/// out there, in order; answers are posted to the branch's executor. It must outlive them all.
///
/// While the broker refuses a reader calls wait for one, until `timeout`: then their branches fail.
class Trunk final : private PartitionReader::Events {
public:
    /// `broker`, `options` and `counters` must outlive it.
    Trunk(asio::any_io_executor executor, Broker& broker, const Options& options,
          MakeSharedFrame make_frame, Counters& counters);
    ~Trunk();
    Trunk(const Trunk&) = delete;
    Trunk& operator=(const Trunk&) = delete;

    /// Hands everything of its topic to the branch from now on, and the ring first. A topic that is
    /// not read yet is read from `ends`; a partition that it got later, from its beginning.
    void attach(std::shared_ptr<Branch> branch, std::vector<Position> ends);
    void detach(std::shared_ptr<Branch> branch);

    /// Makes frames for a view, for as long as the branch is attached and wants them.
    void add_view(std::shared_ptr<Branch> branch, View view, std::string key);
    void remove_view(std::shared_ptr<Branch> branch, ViewId id);

    /// The branch has passed on a batch.
    void processed(std::shared_ptr<Branch> branch);

    /// Closes the reader. What follows is not heard, and may come when its executor is gone.
    void stop();

    [[nodiscard]] Broker& broker() { return broker_; }

private:
    [[nodiscard]] std::size_t records(std::span<const Record> records) override;
    void reached_end(const Position& position) override;
    void lost(const Lost& lost) override;
    void ended(const TopicPartition& partition, const Error& error) override;

    struct Call {
        std::shared_ptr<Branch> branch;
        std::function<void(const std::shared_ptr<Branch>&)> work;
    };

    template <typename Work>
    void post(std::shared_ptr<Branch> branch, Work work);

    [[nodiscard]] Feed* find(std::string_view topic);
    void begin(const std::shared_ptr<Branch>& branch, std::vector<Position> ends);

    /// Why not, if there is no reader.
    [[nodiscard]] std::optional<Error> open();
    void open_later();
    void give_up(const Error& refusal);
    void close(Feed& feed);
    void go_on();
    void look_later();
    void look_for_partitions();

    asio::any_io_executor executor_;
    Broker& broker_;
    const Options& options_;
    MakeSharedFrame make_frame_;
    Counters& counters_;
    std::map<std::string, std::unique_ptr<Feed>, std::less<>> feeds_;
    Feed* last_ = nullptr;     ///< Of the last record.
    bool is_stopped_ = false;  ///< The reader waits for `resume`.
    bool is_closed_ = false;
    std::atomic<bool> is_ended_ = false;  ///< What is asked for from now on is not heard.

    // Until it is stopped.
    std::optional<Alarm> look_;
    std::optional<Alarm> again_;     ///< Asks for a reader that was refused.
    std::optional<Alarm> patience_;  ///< With the broker that refuses it.

    std::vector<Call> waiting_;  ///< For the reader.
    std::unique_ptr<PartitionReader> reader_;
};

}  // namespace gateway::fanout
