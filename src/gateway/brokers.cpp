#include "gateway/brokers.hpp"

#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "broker/topic_name.hpp"

namespace gateway {

namespace {

/// Enough of a name to recognise it by, and never a whole megabyte of it.
std::string_view shortened(std::string_view name) { return name.substr(0, 64); }

}  // namespace

Brokers::Brokers(std::vector<std::unique_ptr<Broker>> brokers) : brokers_(std::move(brokers)) {
    assert(!brokers_.empty());
}

Broker* Brokers::named(std::string_view name) const {
    for (const auto& broker : brokers_) {
        if (broker->name() == name) return broker.get();
    }
    return nullptr;
}

Result<Address> Brokers::find(std::string_view text) const {
    Address address{brokers_.front().get(), text};
    if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        address = {named(text.substr(0, colon)), text.substr(colon + 1)};
        if (!address.broker) {
            return Error(Errc::broker_not_found, fmt::format("no broker is named \"{}\"",
                                                             shortened(text.substr(0, colon))));
        }
    }
    if (!is_topic_name(address.topic)) {
        return Error(Errc::invalid_topic,
                     fmt::format("\"{}\" cannot name a topic: {}", shortened(address.topic),
                                 traits_of(Errc::invalid_topic).meaning));
    }
    return address;
}

}  // namespace gateway
