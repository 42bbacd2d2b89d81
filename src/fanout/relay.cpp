#include "fanout/relay.hpp"

#include <algorithm>
#include <utility>

#include "fanout/follower.hpp"

namespace gateway::fanout {

Relay::Relay(asio::any_io_executor executor, Trunk& trunk, const Options& options,
             std::size_t shards)
    : executor_(std::move(executor)),
      trunk_(trunk),
      options_(options),
      catch_ups_({.limit = std::max<std::size_t>(1, options.max_catch_ups / shards),
                  .idle_turn = options.idle_turn,
                  .reader_pause = options.reader_pause}),
      snapshots_(executor_, {.max_bytes = options.max_held_snapshot_bytes,
                             .max_gathering = catch_ups_.options().limit,
                             .patience = options.timeout}),
      look_(executor_),
      self_(std::make_shared<Relay*>(this)) {}

Relay::~Relay() = default;

std::shared_ptr<Branch> Relay::branch(const std::string& topic) {
    auto& branch = branches_[topic];
    // A topic that is there again after it was deleted is another one.
    if (!branch || branch->is_failed()) {
        branch = std::make_shared<Branch>(executor_, trunk_, topic);
    }
    return branch;
}

void Relay::left(const std::shared_ptr<Branch>& branch) {
    if (!branch->is_idle()) return;
    trunk_.detach(branch);
    const auto found = branches_.find(branch->topic());
    if (found != branches_.end() && found->second == branch) branches_.erase(found);
}

void Relay::add(Follower& follower) {
    looking_.push_back(&follower);
    look_later();
}

void Relay::remove(Follower& follower) {
    std::erase(looking_, &follower);
    if (!looking_.empty()) return;
    look_.cancel();
    sightings_.clear();
}

std::uint64_t Relay::saw(const std::vector<TopicPartition>& listed) {
    sightings_.look(listed);
    return sightings_.looks();
}

void Relay::look_later() {
    if (look_.is_set() || looking_.empty()) return;
    look_.set(options_.look_interval, [this] {
        broker().list_topics(
            executor_, options_.timeout,
            [weak = std::weak_ptr(self_)](const Result<std::vector<TopicPartition>>& listed) {
                const auto self = weak.lock();
                if (!self) return;
                Relay& relay = **self;
                if (listed) {
                    relay.sightings_.look(*listed);
                    for (Follower* each : relay.looking_) each->look_at(relay.sightings_);
                }
                relay.look_later();
            });
    });
}

}  // namespace gateway::fanout
