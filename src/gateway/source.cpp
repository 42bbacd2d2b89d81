#include "gateway/source.hpp"

#include <utility>

#include "gateway/refusal.hpp"
#include "gateway/shard.hpp"

namespace gateway {

namespace {

bool reads_headers(const Selection& selection) {
    return selection.filter() && selection.filter()->reads_headers();
}

/// Whether what it gets may be encoded once for all who see the same.
bool shares_frames(const SubscriptionOptions& options) {
    if (options.batches_itself || options.pulls || options.max_unacked > 0) return false;
    switch (options.slow) {
        case Subscribe::Slow::pause:
        case Subscribe::Slow::close:
            return true;
        case Subscribe::Slow::drop:
            // A frame does not say which of the records that it passes over were wanted.
            return !options.selection.is_partial();
        case Subscribe::Slow::conflate:
            return false;
    }
    return false;
}

/// What others may share with it: where its frames are its own, the search for its keys.
std::optional<View> view_of(const SubscriptionOptions& options) {
    if (!shares_frames(options)) {
        auto keys = options.selection.keys();
        if (!keys) return std::nullopt;
        return View{.keys = std::move(keys), .as_records = true};
    }
    return View{.sub = options.frame.sub,
                .meta = options.frame.meta,
                .decode_json = options.frame.decode_json,
                .filter = options.selection.filter(),
                .keys = options.selection.keys()};
}

}  // namespace

std::optional<Error> Source::open(Shard& shard, const SubscriptionOptions& options,
                                  Broadcast::Events& events) {
    if (auto error =
            refusal(options.topics.broker(), {.start = options.start,
                                              .snapshot = options.snapshot,
                                              .patterns = options.topics.follows() != nullptr})) {
        return error;
    }
    return options.group.empty() ? tune_in(shard, options, events) : join(shard, options, events);
}

std::optional<Error> Source::join(Shard& shard, const SubscriptionOptions& options,
                                  Broadcast::Events& events) {
    has_headers_ = options.frame.meta || reads_headers(options.selection);
    auto consumer = options.topics.broker().open_consumer(shard.executor,
                                                          {.topics = options.topics.topics(),
                                                           .group = options.group,
                                                           .headers = has_headers_,
                                                           .start = options.start,
                                                           .follows = options.topics.follows()},
                                                          events);
    if (!consumer) return consumer.error();
    consumer_ = std::move(*consumer);
    return std::nullopt;
}

std::optional<Error> Source::tune_in(Shard& shard, const SubscriptionOptions& options,
                                     Broadcast::Events& events) {
    if (!shard.broadcasts) return Error(Errc::not_supported);
    auto broadcast = shard.broadcasts->open(options.topics.broker(),
                                            {.topics = options.topics.topics(),
                                             .follows = options.topics.follows(),
                                             .start = options.start,
                                             .snapshot = options.snapshot,
                                             .view = view_of(options)},
                                            events);
    if (!broadcast) return broadcast.error();
    has_headers_ = true;
    broadcast_ = broadcast->get();
    consumer_ = std::move(*broadcast);
    return std::nullopt;
}

void Source::began(std::span<const Position> starts) {
    has_begun_ = true;
    for (const Position& each : starts) reached_.note(each.topic, each.partition, each.offset);
}

void Source::handled(std::span<const Position> next) {
    if (next.empty()) return;
    if (!broadcast_) consumer_->commit(next);
    for (const Position& each : next) reached_.note(each.topic, each.partition, each.offset);
}

std::optional<Error> Source::select(const SubscriptionOptions& options) {
    if (!consumer_) return std::nullopt;
    if (reads_headers(options.selection) && !has_headers_) {
        return Error(Errc::not_supported,
                     "the subscription was made without headers; subscribe again with this filter");
    }
    if (broadcast_) broadcast_->change(view_of(options));
    return std::nullopt;
}

void Source::close(const std::function<bool(const Position&)>& unsent, std::function<void()> done) {
    if (broadcast_) settle(unsent);
    consumer_->close(std::move(done));
}

void Source::settle(const std::function<bool(const Position&)>& unsent) {
    Offsets settled;
    for (const Position& each : broadcast_->position()) {
        const auto reached =
            unsent(each) ? reached_.find(each.topic, each.partition) : std::optional(each.offset);
        // What there was of a topic that has gone; this one begins at its oldest record.
        if (!reached || *reached > each.offset) continue;
        settled.note(each.topic, each.partition, *reached);
    }
    reached_ = std::move(settled);
}

Cursor Source::rest(const TopicChoice& topics) const {
    Cursor cursor;
    if (!topics.broker().capabilities().positions) return cursor;
    for (const Position& each : reached_.noted()) {
        if (topics.covers(each.topic)) cursor.push_back(each);
    }
    return cursor;
}

}  // namespace gateway
