#include "routing/router.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/header_names.hpp"
#include "broker/topic_name.hpp"

namespace gateway::routing {

namespace {

using Kind = Outline::Kind;

/// What one large message made of a buffer is given back.
constexpr std::size_t kept_bytes = 64U << 10;

void clear(std::string& buffer) {
    buffer.clear();
    if (buffer.capacity() > kept_bytes) buffer.shrink_to_fit();
}

}  // namespace

Router::Router(const Table& table, const Brokers& brokers, const Node& node)
    : table_(table), brokers_(brokers), node_(node), slots_(table.routes().size()) {}

Result<std::span<const RoutedRecord>> Router::route(std::string_view message,
                                                    std::string_view client,
                                                    std::string_view user) {
    client_ = client;
    user_ = user;
    records_.clear();
    headers_.clear();
    candidate_.set({.value = message});
    const Outline::Value* const outline = candidate_.payload();
    if (!outline) {
        return Error(Errc::malformed_message,
                     "not well-formed JSON, or nested deeper than 64 levels");
    }
    const Subject subject{*outline, client_, node_.id, user_};
    set_headers(subject);
    candidate_.set_headers(headers_);
    for (const Route& route : table_.routes()) {
        if (route.takes(subject, candidate_)) add(route, subject, message);
    }
    if (records_.empty()) {
        for (const Route& route : table_.routes()) {
            if (route.is_default()) add(route, subject, message);
        }
    }
    return std::span<const RoutedRecord>(records_);
}

void Router::set_headers(const Subject& subject) {
    headers_.push_back({"client-id", subject.client});
    if (!subject.user.empty()) headers_.push_back({"user", subject.user});
    headers_.push_back({"node-id", subject.node});
    const Outline::Value* const id = subject.message.field("id");
    if (id && (id->kind == Kind::string || id->kind == Kind::number)) {
        headers_.push_back({correlation_header, id->text});
    }
    if (!node_.queue.empty()) headers_.push_back({reply_header, node_.queue});
}

void Router::add(const Route& route, const Subject& subject, std::string_view message) {
    Slot& slot = slots_[records_.size()];
    if (!route.address(subject, slot.name, slot.routing_key)) return;
    RoutedRecord& routed = records_.emplace_back();
    routed.broker = brokers_.all()[route.broker()].get();
    if (!route.is_allowed(slot.name, slot.routing_key)) {
        routed.error = Error(Errc::invalid_topic,
                             fmt::format("the message makes a route's name longer than the broker "
                                         "{} allows: {} bytes",
                                         routed.broker->name(),
                                         std::max(slot.name.size(), slot.routing_key.size())));
        return;
    }
    // By the default exchange the key names the queue.
    const std::string_view place = slot.name.empty() ? slot.routing_key : slot.name;
    if (brokers_.own(*routed.broker).has(place)) {
        routed.error = Error(Errc::not_authorized,
                             "the message makes the name of a queue or topic "
                             "by which servers speak to each other");
        return;
    }
    clear(slot.value);
    const auto value = route.encoder().encode(message, subject.message, slot.value);
    if (!value) {
        routed.error = value.error();
        return;
    }
    slot.headers = headers_;
    slot.headers.push_back({content_type_header, route.encoder().content_type});
    routed.record = {.topic = slot.name,
                     .value = *value,
                     .headers = slot.headers,
                     .destination = route.destination(),
                     .routing_key = slot.routing_key};
}

}  // namespace gateway::routing
