#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/excerpt.hpp"
#include "gateway/requests.hpp"
#include "gateway/session.hpp"
#include "gateway/shard.hpp"
#include "wire/escape.hpp"

namespace gateway {

namespace {

constexpr std::size_t max_group_bytes = 255;

Error invalid_payload(std::string message) {
    return Error(Errc::invalid_payload, std::move(message));
}

Result<TopicChoice> choose(const std::vector<std::string_view>& topics, const Shard& shard) {
    const std::size_t limit = shard.options.consumer.max_topics;
    if (topics.size() > limit) {
        return Error(Errc::limit_reached,
                     fmt::format("more topics than consumer.max_topics allows: {}", limit));
    }
    TopicChoice choice;
    for (const std::string_view topic : topics) {
        if (const auto error = choice.add(shard.brokers, topic)) return *error;
    }
    return choice;
}

Result<std::string> group_of(const Subscribe& wanted, const ConsumerOptions& options) {
    if (wanted.mode == Subscribe::Mode::broadcast) return std::string();
    const std::string_view group = wanted.consumer_group.value_or(options.group);
    if (group.empty() || group.size() > max_group_bytes || group.find('\0') != group.npos) {
        return Error(Errc::invalid_group,
                     fmt::format("a consumer group's name is 1 to {} bytes, none of them NUL",
                                 max_group_bytes));
    }
    return std::string(group);
}

/// Sets where a subscription begins.
struct SetStart {
    const TopicChoice& topics;
    Start& out;

    std::optional<Error> operator()(const Subscribe::Latest&) const {
        out.emplace<FromLatest>();
        return std::nullopt;
    }
    std::optional<Error> operator()(const Subscribe::Earliest&) const {
        out.emplace<FromEarliest>();
        return std::nullopt;
    }
    std::optional<Error> operator()(const Subscribe::Since& since) const {
        out.emplace<FromTime>(since.timestamp);
        return std::nullopt;
    }
    std::optional<Error> operator()(const Subscribe::Last& last) const {
        out.emplace<FromLast>(last.count);
        return std::nullopt;
    }
    std::optional<Error> operator()(const Subscribe::Cursor& positions) const {
        auto& cursor = out.emplace<Cursor>();
        for (const auto& [topic, partition, offset] : positions) {
            if (!topics.covers(topic)) {
                return invalid_payload(
                    fmt::format("p.from has a topic that p.t has not: \"{}\"", excerpt(topic)));
            }
            cursor.push_back({std::string(topic), partition, offset});
        }
        return std::nullopt;
    }
};

std::optional<Error> set_filter(const std::optional<std::string_view>& json, Shard& shard,
                                Selection& out) {
    if (!json) {
        out.set_filter(nullptr);
        return std::nullopt;
    }
    auto filter = shard.filters.compile(*json);
    if (!filter) return filter.error();
    out.set_filter(std::move(*filter));
    return std::nullopt;
}

std::optional<Error> set_keys(const std::optional<std::vector<std::string_view>>& keys,
                              const ConsumerOptions& options, Selection& out) {
    if (!keys) {
        out.clear_keys();
        return std::nullopt;
    }
    if (keys->size() > options.max_keys) {
        return Error(Errc::limit_reached,
                     fmt::format("more keys than consumer.max_keys allows: {}", options.max_keys));
    }
    out.set_keys(*keys);
    return std::nullopt;
}

std::optional<Error> batch(const Subscribe& wanted, const BatchRule& rule,
                           Subscription::Options& out) {
    out.frame.limit = wanted.mq_limit.value_or(rule.limit);
    if (out.frame.limit > rule.limit) {
        return invalid_payload(
            fmt::format("p.mq_limit is above consumer.mq_limit, {}", rule.limit));
    }
    out.interval = rule.interval;
    if (wanted.has_mq_interval) {
        out.interval.reset();
        if (wanted.mq_interval) out.interval.emplace(*wanted.mq_interval);
    }
    out.batches_itself = wanted.mq_limit || wanted.has_mq_interval;
    return std::nullopt;
}

std::optional<Error> set_acknowledging(const Subscribe& wanted, const ConsumerOptions& options,
                                       Subscription::Options& out) {
    if (!wanted.client_ack) return std::nullopt;
    out.max_unacked = wanted.max_unacked.value_or(options.max_unacked);
    if (out.max_unacked <= options.max_unacked) return std::nullopt;
    return invalid_payload(
        fmt::format("p.max_unacked is above consumer.max_unacked, {}", options.max_unacked));
}

/// The one without a name has the name "".
std::string_view name_of(const Subscribe& wanted) { return wanted.sub.value_or(""); }

Result<Subscription::Options> options_of(const Subscribe& wanted, Shard& shard) {
    const ConsumerOptions& options = shard.options.consumer;
    auto topics = choose(wanted.topics, shard);
    if (!topics) return topics.error();
    auto group = group_of(wanted, options);
    if (!group) return group.error();
    Subscription::Options out{
        .topics = std::move(*topics),
        .group = std::move(*group),
        .frame = {.max_bytes = options.max_frame_bytes,
                  .meta = wanted.meta,
                  .decode_json = wanted.decode_json},
        .snapshot = wanted.snapshot,
        .pulls = wanted.flow == Subscribe::Flow::pull,
        .slow = wanted.slow,
    };
    if (!name_of(wanted).empty()) append_string(out.frame.sub, name_of(wanted));
    if (const auto error = set_acknowledging(wanted, options, out)) return *error;
    if (const auto error = batch(wanted, options.batch, out)) return *error;
    if (wanted.from) {
        const auto error = std::visit(SetStart{out.topics, out.start}, *wanted.from);
        if (error) return *error;
    }
    if (const auto error = set_filter(wanted.filter, shard, out.selection)) return *error;
    if (const auto error = set_keys(wanted.keys, options, out.selection)) return *error;
    return out;
}

/// The subscription that a request speaks of, or null after it was refused.
Subscription* find(Session& session, const Request& request,
                   const std::optional<std::string_view>& sub) {
    Subscription* subscription = session.subscriptions().find(sub.value_or(""));
    if (!subscription) session.refuse(request, Errc::not_subscribed);
    return subscription;
}

void answer(Session& session, const Request& request, const std::optional<Error>& error) {
    if (error) return session.refuse(request, *error);
    session.accept(request);
}

}  // namespace

void subscribe(Session& session, const Request& request) {
    const Subscribe& wanted = *std::get<const Subscribe*>(request.payload);
    auto options = options_of(wanted, session.shard());
    if (!options) return session.refuse(request, options.error());
    if (auto asked = session.begin(request)) {
        session.subscriptions().subscribe(*std::move(asked), std::string(name_of(wanted)),
                                          std::move(*options), wanted.wants_positions);
    }
}

void unsubscribe(Session& session, const Request& request) {
    if (auto asked = session.begin(request)) {
        session.subscriptions().unsubscribe(*std::move(asked),
                                            std::get<Unsubscribe>(request.payload));
    }
}

void pause(Session& session, const Request& request) {
    Subscription* subscription = find(session, request, std::get<Pause>(request.payload).sub);
    if (!subscription) return;
    subscription->pause();
    session.accept(request);
}

void resume(Session& session, const Request& request) {
    Subscription* subscription = find(session, request, std::get<Resume>(request.payload).sub);
    if (!subscription) return;
    subscription->resume();
    session.accept(request);
}

void pull(Session& session, const Request& request) {
    const auto& [count, sub] = std::get<Pull>(request.payload);
    Subscription* subscription = find(session, request, sub);
    if (subscription) answer(session, request, subscription->pull(count));
}

void acknowledge(Session& session, const Request& request) {
    std::optional<Error> error;
    for (const auto& [position, sub] : std::get<Acks>(request.payload).records) {
        Subscription* subscription = session.subscriptions().find(sub.value_or(""));
        const auto refusal = subscription ? subscription->acknowledge(position)
                                          : std::optional<Error>(Errc::not_subscribed);
        if (refusal && !error) error = refusal;
    }
    session.subscriptions().commit_acknowledged();
    if (error || !request.id.empty()) answer(session, request, error);
}

void change_filter(Session& session, const Request& request) {
    const auto& wanted = std::get<ChangeFilter>(request.payload);
    Subscription* subscription = find(session, request, wanted.sub);
    if (!subscription) return;
    Selection selection = subscription->options().selection;
    if (const auto error = set_filter(wanted.filter, session.shard(), selection)) {
        return session.refuse(request, *error);
    }
    if (wanted.has_keys) {
        const ConsumerOptions& options = session.shard().options.consumer;
        if (const auto error = set_keys(wanted.keys, options, selection)) {
            return session.refuse(request, *error);
        }
    }
    answer(session, request, subscription->select(std::move(selection)));
}

}  // namespace gateway
