#include "fanout/follower.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "fanout/relay.hpp"

namespace gateway::fanout {

namespace {

std::string_view topic_of(const std::unique_ptr<Place>& place) { return place->topic(); }

}  // namespace

/// Topics that are located one by one, until the last has answered.
struct Follower::Gathering {
    std::size_t left = 0;
    std::vector<Located> located{};
};

Follower::Follower(Relay& relay, Broadcasts::Options options, Broadcast::Events& events)
    : relay_(relay),
      events_(events),
      search_(std::make_unique<Search>(Search{std::move(options)})),
      self_(std::make_shared<Follower*>(this)) {
    const auto& wanted = search_->options;
    if (wanted.view) view_key_ = key_of(*wanted.view);
    has_snapshot_ = wanted.snapshot;
    if (grows()) relay_.add(*this);
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
    if (grows()) return list();
    locate(search_->options.topics);
}

void Follower::list() {
    broker().list_topics(
        relay_.executor(), limits().timeout,
        guarded([](Follower& self, const Result<std::vector<TopicPartition>>& listed) {
            if (!listed) return self.fail(listed.error());
            self.search_->looked = self.relay_.saw(*listed);
            std::set<std::string> all;
            for (const TopicPartition& each : *listed) all.insert(each.topic);
            const auto& wanted = self.search_->options;
            std::set<std::string> topics(wanted.topics.begin(), wanted.topics.end());
            for (const std::string& topic : all) {
                if (wanted.follows(topic)) topics.insert(topic);
            }
            if (self.fits(topics.size())) self.locate({topics.begin(), topics.end()});
        }));
}

void Follower::locate(std::vector<std::string> topics) {
    if (topics.empty()) {
        asio::post(relay_.executor(), guarded([](Follower& self) { self.begin({}); }));
        return;
    }
    broker().locate(relay_.executor(), topics, start_in({}), limits().timeout,
                    guarded([topics](Follower& self, const Result<std::vector<Located>>& located) {
                        if (located) return self.begin(*located);
                        const bool is_gone = located.error().code == Errc::topic_not_found;
                        if (!is_gone || !self.grows()) return self.fail(located.error());
                        self.locate_each(topics);
                    }));
}

// One that matched may be gone since.
void Follower::locate_each(const std::vector<std::string>& topics) {
    const auto gathering = std::make_shared<Gathering>(Gathering{.left = topics.size()});
    for (const std::string& topic : topics) {
        broker().locate(
            relay_.executor(), {topic}, start_in(topic), limits().timeout,
            guarded([gathering, topic](Follower& self,
                                       const Result<std::vector<Located>>& located) {
                auto& all = gathering->located;
                if (located) {
                    all.insert(all.end(), located->begin(), located->end());
                } else if (located.error().code == Errc::topic_not_found && !self.is_named(topic)) {
                    self.search_->missing.try_emplace(topic);
                } else {
                    return self.fail(located.error());
                }
                if (--gathering->left == 0) self.begin(all);
            }));
    }
}

void Follower::locate_missing(const std::string& topic) {
    broker().locate(relay_.executor(), {topic}, FromEarliest{}, limits().timeout,
                    guarded([topic](Follower& self, const Result<std::vector<Located>>& located) {
                        if (located) return self.begin_anew(topic, *located);
                        self.search_->missing[topic].is_asked_for = false;
                    }));
}

void Follower::begin_anew(const std::string& topic, const std::vector<Located>& located) {
    const Missing former = std::move(search_->missing.extract(topic).mapped());
    const auto place_before = [&](const Located& now) {
        return std::ranges::find(former.stood_at, now.partition, &Position::partition);
    };
    const bool is_behind = std::ranges::any_of(located, [&](const Located& now) {
        const auto before = place_before(now);
        return before != former.stood_at.end() && before->offset < now.earliest;
    });
    // It is the same one, of which the broker has not kept enough.
    if (former.error && is_behind) return fail(*former.error);
    for (const Located& now : located) {
        const auto before = place_before(now);
        if (before == former.stood_at.end() || before->offset == now.start) continue;
        place_lost({.topic = topic,
                    .partition = now.partition,
                    .wanted = before->offset,
                    .next = now.start,
                    .earliest = now.earliest,
                    .latest = now.latest});
    }
    begin(located);
}

Start Follower::start_in(std::string_view topic) const {
    if (has_snapshot_) return FromEarliest{};
    const Start& start = search_->options.start;
    const auto* cursor = std::get_if<Cursor>(&start);
    if (!cursor || topic.empty()) return start;
    Cursor part;
    for (const Position& each : *cursor) {
        if (each.topic == topic) part.push_back(each);
    }
    return part;
}

void Follower::begin(const std::vector<Located>& located) {
    std::map<std::string, std::vector<Located>> by_topic;
    for (const Located& each : located) by_topic[each.topic].push_back(each);
    for (const auto& [topic, partitions] : by_topic) {
        if (has(topic)) continue;
        Place& place =
            **places_.insert(find(topic), std::make_unique<Place>(*this, relay_.branch(topic)));
        if (has_snapshot_ && !is_live_) {
            place.begin_after_snapshot(partitions);
        } else {
            place.begin(partitions);
        }
        if (search_->options.view) place.enter_view(*search_->options.view);
    }
    if (is_live_) return;
    for (const Located& each : located) {
        search_->starts.push_back(
            {each.topic, each.partition, has_snapshot_ ? each.latest : each.start});
    }
    place_attached();
}

void Follower::place_attached() {
    if (is_live_ || is_over_) return;
    if (!std::ranges::all_of(places_, [](const auto& place) { return place->is_attached(); })) {
        return;
    }
    is_live_ = true;
    const auto starts = std::exchange(search_->starts, {});
    if (!grows()) search_.reset();
    events_.live(starts);
    if (has_snapshot_ && !has_snapshots()) events_.snapshot_ended();
    resume();
}

void Follower::place_lost(const Lost& lost) {
    if (!is_over_) events_.lost(lost);
}

bool Follower::has_snapshots() const {
    return std::ranges::any_of(places_, [](const auto& place) { return place->has_snapshot(); });
}

void Follower::snapshot_handed_out() {
    if (has_snapshots() || !is_live_) return;
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

void Follower::change(std::optional<View> view) {
    if (has_view()) {
        for (const auto& place : places_) place->leave_view();
    }
    view_key_ = view ? key_of(*view) : std::string();
    if (view) {
        for (const auto& place : places_) place->enter_view(*view);
    }
    if (search_) search_->options.view = std::move(view);
}

Cursor Follower::position() const {
    Cursor cursor;
    for (const auto& place : places_)
        std::ranges::move(place->position(), std::back_inserter(cursor));
    return cursor;
}

const fanout::Options& Follower::limits() const { return relay_.options(); }

Broker& Follower::broker() { return relay_.broker(); }

CatchUps& Follower::catch_ups() { return relay_.catch_ups(); }

Snapshots& Follower::snapshots() { return relay_.snapshots(); }

void Follower::place_failed(const Place& place, const Error& error) {
    if (is_over_) return;
    const bool is_gone = error.code == Errc::topic_not_found;
    // There is another one by its name, which ends before what was to be read.
    const bool is_another =
        error.code == Errc::offset_out_of_range || error.code == Errc::partition_not_found;
    if ((!is_gone && !is_another) || !grows() || is_named(place.topic())) return fail(error);
    Missing missing;
    if (is_another) missing.error = error;
    if (is_another && !place.has_snapshot()) missing.stood_at = place.position();
    // Not within a call of the place's.
    asio::post(relay_.executor(), guarded([topic = place.topic(), missing](Follower& self) {
                   self.lose(topic, missing);
               }));
}

void Follower::look_at(const Sightings& sightings) {
    if (!is_live_ || is_over_) return;
    auto& missing = search_->missing;
    for (const std::string_view topic : sightings.after(search_->looked)) {
        if (!has(topic) && search_->options.follows(topic)) missing.try_emplace(std::string(topic));
    }
    search_->looked = sightings.looks();
    std::erase_if(missing, [&](const auto& each) {
        return !each.second.is_asked_for && !sightings.has(each.first);
    });
    if (!fits(places_.size() + missing.size())) return;
    for (auto& [topic, each] : missing) {
        if (!std::exchange(each.is_asked_for, true)) locate_missing(topic);
    }
}

bool Follower::fits(std::size_t topics) {
    const std::size_t limit = limits().max_topics;
    if (topics <= limit) return true;
    fail(Error(
        Errc::limit_reached,
        fmt::format("{} topics match, more than fanout.max_topics allows: {}", topics, limit)));
    return false;
}

bool Follower::is_named(std::string_view topic) const {
    const auto& names = search_->options.topics;
    return std::ranges::find(names, topic) != names.end();
}

bool Follower::has(std::string_view topic) const {
    const auto found = find(topic);
    return found != places_.end() && topic_of(*found) == topic;
}

/// Its place, or where that would stand.
Follower::Places::const_iterator Follower::find(std::string_view topic) const {
    return std::ranges::lower_bound(places_, topic, {}, topic_of);
}

void Follower::lose(const std::string& topic, Missing missing) {
    search_->missing.try_emplace(topic, std::move(missing));
    std::erase_if(search_->starts, [&](const Position& start) { return start.topic == topic; });
    drop(topic);
    place_attached();
}

void Follower::drop(std::string_view topic) {
    if (!has(topic)) return;
    const auto found = find(topic);
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
    if (grows()) relay_.remove(*this);
    while (!places_.empty()) drop(places_.back()->topic());
}

}  // namespace gateway::fanout
