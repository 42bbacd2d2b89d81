#include "fanout/follower.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <asio/post.hpp>

#include "fanout/relay.hpp"

namespace gateway::fanout {

Follower::Follower(Relay& relay, Broadcasts::Options options, Broadcast::Events& events)
    : relay_(relay),
      options_(std::move(options)),
      events_(events),
      view_key_(options_.view ? key_of(*options_.view) : std::string()),
      self_(std::make_shared<Follower*>(this)) {
    if (options_.follows) relay_.add(*this);
}

Follower::~Follower() { end(); }

template <typename Work>
auto Follower::guarded(Work work) {
    return [weak = std::weak_ptr(self_), work = std::move(work)](auto&&... arguments) mutable {
        const auto self = weak.lock();
        if (self && !(*self)->is_over_) {
            work(**self, std::forward<decltype(arguments)>(arguments)...);
        }
    };
}

void Follower::start() {
    if (!options_.follows) return locate(options_.topics, options_.start);
    broker().list_topics(
        relay_.executor(), limits().timeout,
        guarded([](Follower& self, const Result<std::vector<TopicPartition>>& listed) {
            if (!listed) return self.fail(listed.error());
            std::set<std::string> topics(self.options_.topics.begin(), self.options_.topics.end());
            for (const TopicPartition& each : *listed) {
                if (self.options_.follows(each.topic)) topics.insert(each.topic);
            }
            self.locate({topics.begin(), topics.end()}, self.options_.start);
        }));
}

void Follower::locate(std::vector<std::string> topics, Start start) {
    if (options_.snapshot) start = FromEarliest{};
    if (topics.empty()) {
        asio::post(relay_.executor(), guarded([](Follower& self) { self.begin({}); }));
        return;
    }
    broker().locate(relay_.executor(), std::move(topics), std::move(start), limits().timeout,
                    guarded([](Follower& self, const Result<std::vector<Located>>& located) {
                        if (!located && self.is_live_) return;
                        if (!located) return self.fail(located.error());
                        self.begin(*located);
                    }));
}

void Follower::begin(const std::vector<Located>& located) {
    std::map<std::string, std::vector<Located>> by_topic;
    for (const Located& each : located) by_topic[each.topic].push_back(each);
    for (const auto& [topic, partitions] : by_topic) {
        if (has(topic)) continue;
        Place& place = *places_.emplace_back(
            std::make_unique<Place>(*this, relay_.branch(topic), relay_.catch_ups()));
        if (options_.snapshot && !is_live_) {
            ++snapshots_;
            place.begin_after_snapshot(partitions);
        } else {
            place.begin(partitions);
        }
    }
    if (is_live_) return;
    for (const Located& each : located) {
        starts_.push_back(
            {each.topic, each.partition, options_.snapshot ? each.latest : each.start});
    }
    place_attached();
}

void Follower::place_attached() {
    if (is_live_ || is_over_) return;
    if (!std::ranges::all_of(places_, [](const auto& place) { return place->is_attached(); })) {
        return;
    }
    is_live_ = true;
    events_.live(std::exchange(starts_, {}));
    if (options_.snapshot && snapshots_ == 0) events_.snapshot_ended();
    resume();
}

void Follower::snapshot_handed_out() {
    if (--snapshots_ > 0) return;
    events_.snapshot_ended();
    if (!is_stopped()) resume();
}

void Follower::resume() {
    if (!is_live_ || std::exchange(is_resuming_, true)) return;
    asio::post(relay_.executor(), guarded([](Follower& self) {
                   self.is_resuming_ = false;
                   self.is_stopped_ = false;
                   for (std::size_t i = 0; i < self.places_.size() && !self.is_stopped(); ++i) {
                       self.turn_ = (self.turn_ + 1) % self.places_.size();
                       self.places_[self.turn_]->go_on();
                   }
               }));
}

void Follower::close(std::function<void()> done) {
    end();
    if (done) asio::post(relay_.executor(), std::move(done));
}

void Follower::change(View view) {
    if (!options_.view) return;
    for (const auto& place : places_) place->leave_view();
    view_key_ = key_of(view);
    options_.view = std::move(view);
    for (const auto& place : places_) place->enter_view();
}

const fanout::Options& Follower::limits() const { return relay_.options(); }

Broker& Follower::broker() { return relay_.broker(); }

void Follower::place_failed(const Place& place, const Error& error) {
    if (is_over_) return;
    const std::string topic = place.topic();
    const bool was_named = std::ranges::find(options_.topics, topic) != options_.topics.end();
    if (was_named || !options_.follows || !is_live_) return fail(error);
    // Not within a call of the place's.
    asio::post(relay_.executor(), guarded([topic](Follower& self) { self.drop(topic); }));
}

void Follower::look_at(const std::vector<TopicPartition>& all) {
    if (!is_live_ || is_over_) return;
    std::set<std::string> topics;
    for (const TopicPartition& each : all) {
        if (!has(each.topic) && options_.follows(each.topic)) topics.insert(each.topic);
    }
    if (!topics.empty()) locate({topics.begin(), topics.end()}, FromEarliest{});
}

bool Follower::has(std::string_view topic) const {
    return std::ranges::any_of(places_, [&](const auto& place) { return place->topic() == topic; });
}

void Follower::drop(std::string_view topic) {
    const auto found =
        std::ranges::find_if(places_, [&](const auto& place) { return place->topic() == topic; });
    if (found == places_.end()) return;
    const auto branch = (*found)->branch();
    const bool had_snapshot = (*found)->has_snapshot();
    places_.erase(found);
    relay_.left(branch);
    if (had_snapshot && !is_over_) snapshot_handed_out();
}

void Follower::fail(const Error& error) {
    is_over_ = true;
    events_.failed(error);
}

void Follower::end() {
    is_over_ = true;
    if (options_.follows) relay_.remove(*this);
    while (!places_.empty()) drop(places_.back()->topic());
}

}  // namespace gateway::fanout
