#include <memory>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/excerpt.hpp"
#include "gateway/refusal.hpp"
#include "gateway/requests.hpp"
#include "gateway/session.hpp"
#include "gateway/shard.hpp"
#include "wire/reply.hpp"

namespace gateway {

namespace {

Error too_many_topics(std::size_t limit, std::string_view key) {
    return Error(Errc::limit_reached, fmt::format("more topics than {} allows: {}", key, limit));
}

TopicSpec spec_of(const NewTopic& topic, std::string_view name) {
    TopicSpec spec{std::string(name), topic.partitions, topic.replication, {}};
    for (const auto& [key, value] : topic.config) {
        spec.config.insert_or_assign(std::string(key), std::string(value));
    }
    return spec;
}

/// The first error, with all of them in its message.
std::optional<Error> summary(const std::vector<std::string>& names,
                             const std::vector<std::optional<Error>>& errors) {
    std::optional<Error> first;
    for (std::size_t i = 0; i < errors.size(); ++i) {
        if (!errors[i]) continue;
        const std::string line = fmt::format("{}: {}", excerpt(names[i]), errors[i]->message);
        if (first) {
            first->message += "; " + line;
        } else {
            first.emplace(errors[i]->code, line);
        }
    }
    return first;
}

std::string payload_of(const std::vector<TopicPartition>& partitions, const OwnTopics& own) {
    std::string payload = "[";
    for (const TopicPartition& partition : partitions) {
        if (own.has(partition.topic)) continue;
        if (payload.size() > 1) payload += ',';
        fmt::format_to(std::back_inserter(payload), R"({{"topic":"{}","partition":{}}})",
                       partition.topic, partition.partition);
    }
    payload += ']';
    return payload;
}

}  // namespace

void create_topics(Session& session, const Request& request) {
    const auto& wanted = std::get<CreateTopics>(request.payload).topics;
    const auto& options = session.shard().options.requests;
    if (wanted.size() > options.max_topics) {
        return session.refuse(request, too_many_topics(options.max_topics, "requests.max_topics"));
    }
    std::vector<std::string> names;
    std::vector<std::optional<Error>> errors(wanted.size());
    std::vector<std::size_t> places;  // Of the specs in the request.
    std::vector<TopicSpec> specs;
    Broker* broker = nullptr;
    for (const NewTopic& topic : wanted) {
        names.emplace_back(topic.topic);
        const auto address = session.shard().brokers.find(topic.topic);
        if (!address) {
            errors[names.size() - 1] = address.error();
            continue;
        }
        if (broker && broker != address->broker) {
            return session.refuse(
                request, Error(Errc::not_supported, "one request creates topics at one broker"));
        }
        broker = address->broker;
        TopicSpec spec = spec_of(topic, address->topic);
        if (auto error = refusal(*broker, spec)) {
            errors[names.size() - 1] = std::move(error);
            continue;
        }
        places.push_back(names.size() - 1);
        specs.push_back(std::move(spec));
    }
    if (specs.empty()) return session.refuse(request, *summary(names, errors));
    auto asked = session.begin(request);
    if (!asked) return;
    broker->create_topics(
        session.shard().executor, std::move(specs), options.timeout,
        [weak = session.weak_from_this(), asked = *std::move(asked), names = std::move(names),
         errors = std::move(errors),
         places = std::move(places)](const std::vector<std::optional<Error>>& answers) mutable {
            const auto self = weak.lock();
            if (!self) return;
            for (std::size_t i = 0; i < places.size(); ++i) errors[places[i]] = answers[i];
            if (const auto error = summary(names, errors)) return self->answer(asked, *error);
            std::string payload;
            append_strings(payload, names);
            self->answer(asked, payload);
        });
}

void list_topics(Session& session, const Request& request) {
    const auto& name = std::get<ListTopics>(request.payload).broker;
    Broker* broker =
        name ? session.shard().brokers.named(*name) : &session.shard().brokers.standard();
    if (!broker) return session.refuse(request, Errc::broker_not_found);
    auto asked = session.begin(request);
    if (!asked) return;
    broker->list_topics(
        session.shard().executor, session.shard().options.requests.timeout,
        [weak = session.weak_from_this(), broker,
         asked = *std::move(asked)](const Result<std::vector<TopicPartition>>& partitions) {
            const auto self = weak.lock();
            if (!self) return;
            if (!partitions) return self->answer(asked, partitions.error());
            self->answer(asked, payload_of(*partitions, self->shard().brokers.own(*broker)));
        });
}

}  // namespace gateway
