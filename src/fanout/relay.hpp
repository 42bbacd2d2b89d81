#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "broker/broker.hpp"
#include "fanout/branch.hpp"
#include "fanout/catch_up.hpp"
#include "fanout/options.hpp"
#include "fanout/sightings.hpp"
#include "fanout/snapshots.hpp"
#include "fanout/trunk.hpp"
#include "gateway/alarm.hpp"

namespace gateway::fanout {

class Follower;

/// What a shard's followers of one broker's topics share. On the shard's thread.
class Relay {
public:
    /// `trunk` and `options` must outlive it. So many `shards` share what the options allow in all.
    Relay(asio::any_io_executor executor, Trunk& trunk, const Options& options, std::size_t shards);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
    [[nodiscard]] Broker& broker() { return trunk_.broker(); }
    [[nodiscard]] const Options& options() const { return options_; }
    [[nodiscard]] CatchUps& catch_ups() { return catch_ups_; }
    [[nodiscard]] Snapshots& snapshots() { return snapshots_; }

    /// The branch of a topic, to be joined.
    [[nodiscard]] std::shared_ptr<Branch> branch(const std::string& topic);

    /// Somebody has left it.
    void left(const std::shared_ptr<Branch>& branch);

    /// Its topics may grow: it is told from time to time what there is.
    void add(Follower& follower);
    void remove(Follower& follower);

    /// A follower has looked for itself. Which look that was.
    [[nodiscard]] std::uint64_t saw(const std::vector<TopicPartition>& listed);

private:
    void look_later();

    asio::any_io_executor executor_;
    Trunk& trunk_;
    const Options& options_;
    CatchUps catch_ups_;
    Snapshots snapshots_;
    std::map<std::string, std::shared_ptr<Branch>, std::less<>> branches_;
    std::vector<Follower*> looking_;
    Sightings sightings_;
    Alarm look_;
    std::shared_ptr<Relay*> self_;  ///< What a question holds weakly.
};

}  // namespace gateway::fanout
