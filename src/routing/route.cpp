#include "routing/route.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "broker/topic_name.hpp"

namespace gateway::routing {

namespace {

/// AMQP's short strings (0-9-1, section 4.2.5.3).
constexpr std::size_t max_amqp_name = 255;

[[noreturn]] void fail(const RouteOptions& options, std::string_view key, std::string_view what) {
    throw std::runtime_error(
        fmt::format("{}{}{}: {}", options.where, key.empty() ? "" : ".", key, what));
}

Destination destination_of(RouteOptions::Target target) {
    switch (target) {
        case RouteOptions::Target::queue:
            return Destination::queue;
        case RouteOptions::Target::topic:
            return Destination::topic;
        case RouteOptions::Target::exchange:
            return Destination::exchange;
    }
    return Destination::queue;
}

std::string_view key_of(RouteOptions::Target target) {
    switch (target) {
        case RouteOptions::Target::queue:
            return "queue";
        case RouteOptions::Target::topic:
            return "topic";
        case RouteOptions::Target::exchange:
            return "exchange";
    }
    return "queue";
}

NameTemplate template_of(const RouteOptions& options, std::string_view key,
                         const std::string& text) {
    auto name = NameTemplate::parse(text);
    if (!name) fail(options, key, fmt::format("\"{}\" {}", text, name.error().message));
    return std::move(*name);
}

const Codec* encoder_of(const RouteOptions& options) {
    if (const Codec* const codec = find_codec(options.encoder)) return codec;
    std::string names;
    for (const Codec* codec : codecs()) {
        names.append(names.empty() ? "" : ", ").append(codec->name);
    }
    fail(options, "encoder", fmt::format("\"{}\" is not one of {}", options.encoder, names));
}

std::size_t broker_of(const RouteOptions& options, std::span<const BrokerTraits> brokers) {
    if (options.broker.empty()) return 0;
    const auto found = std::ranges::find(brokers, options.broker, &BrokerTraits::name);
    if (found != brokers.end()) return static_cast<std::size_t>(found - brokers.begin());
    std::string names;
    for (const BrokerTraits& broker : brokers) {
        names.append(names.empty() ? "" : ", ").append(broker.name);
    }
    fail(options, "broker",
         fmt::format("no broker is named \"{}\"; there are {}", options.broker, names));
}

Literal literal_of(const RouteOptions& options) {
    Outline outline;
    const Outline::Value* const value = outline.read(options.value);
    if (!value || value->kind == Outline::Kind::array || value->kind == Outline::Kind::object) {
        fail(options, "value", "must be a string, a number, true, false or null");
    }
    return Literal::of(*value);
}

std::shared_ptr<const Filter> filter_of(const RouteOptions& options) {
    auto filter = Filter::compile(options.filter, {});
    if (!filter) fail(options, "filter", filter.error().message);
    return *std::move(filter);
}

}  // namespace

Route::Route(const RouteOptions& options, std::span<const BrokerTraits> brokers)
    : is_default_(options.is_default),
      broker_(broker_of(options, brokers)),
      has_exchanges_(brokers[broker_].has_exchanges),
      destination_(destination_of(options.target)),
      name_(template_of(options, key_of(options.target), options.name)),
      routing_key_(template_of(options, "routing_key", options.routing_key)),
      encoder_(encoder_of(options)) {
    if (!options.field.empty()) {
        field_ = Property::member(options.field);
        value_ = literal_of(options);
    }
    if (!options.filter.empty()) filter_ = filter_of(options);
    check(options, brokers[broker_]);
}

void Route::check(const RouteOptions& options, const BrokerTraits& broker) const {
    const std::string_view key = key_of(options.target);
    if (is_default_ && (field_ || filter_)) {
        fail(options, "default", "takes what no other route does, and so asks for nothing");
    }
    if (destination_ == Destination::exchange && !broker.has_exchanges) {
        fail(options, key, fmt::format("the broker {} has no exchanges", broker.name));
    }
    if (destination_ != Destination::exchange && !options.routing_key.empty()) {
        fail(options, "routing_key", "is for an exchange");
    }
    check_place(options, broker);
}

// What the broker keeps the message in by its name: the target, or the default exchange's queue.
void Route::check_place(const RouteOptions& options, const BrokerTraits& broker) const {
    const bool is_key = is_default_exchange();
    const NameTemplate& name = is_key ? routing_key_ : name_;
    const std::string& text = is_key ? options.routing_key : options.name;
    const std::string_view key = is_key ? "routing_key" : key_of(options.target);
    if (!name.is_fixed() && name.prefix().empty()) {
        fail(options, key,
             fmt::format("\"{}\" begins with a field: what a client writes must not be the whole "
                         "name; put something before it",
                         text));
    }
    if (!is_allowed(name_.shortest(), routing_key_.shortest())) {
        fail(options, key,
             broker.has_exchanges ? fmt::format("\"{}\" is not a name of 1 to 255 bytes", text)
                                  : fmt::format("\"{}\" names no topic: {}", text,
                                                traits_of(Errc::invalid_topic).meaning));
    }
}

bool Route::takes(const Subject& subject, Candidate& candidate) const {
    if (is_default_) return false;
    if (field_) {
        const auto scalar = field_->find(subject);
        if (!scalar || !(*scalar == value_)) return false;
    }
    return !filter_ || filter_->matches(candidate);
}

bool Route::address(const Subject& subject, std::string& name, std::string& routing_key) const {
    name.clear();
    routing_key.clear();
    return name_.write(subject, name) && routing_key_.write(subject, routing_key);
}

bool Route::is_default_exchange() const {
    return destination_ == Destination::exchange && name_.is_fixed() && name_.prefix().empty();
}

bool Route::is_allowed(std::string_view name, std::string_view routing_key) const {
    if (!has_exchanges_) return is_topic_name(name);
    const std::string_view place = is_default_exchange() ? routing_key : name;
    return !place.empty() && place.size() <= max_amqp_name && routing_key.size() <= max_amqp_name;
}

}  // namespace gateway::routing
