#include "gateway/brokers.hpp"

#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "base/excerpt.hpp"
#include "broker/topic_name.hpp"

namespace gateway {

Brokers::Brokers(std::vector<std::unique_ptr<Broker>> brokers) : brokers_(std::move(brokers)) {
    assert(!brokers_.empty());
}

Broker* Brokers::named(std::string_view name) const {
    for (const auto& broker : brokers_) {
        if (broker->name() == name) return broker.get();
    }
    return nullptr;
}

Result<Address> Brokers::split(std::string_view text) const {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return Address{brokers_.front().get(), text};
    const auto name = text.substr(0, colon);
    Broker* const broker = named(name);
    if (broker) return Address{broker, text.substr(colon + 1)};
    return Error(Errc::broker_not_found, fmt::format("no broker is named \"{}\"", excerpt(name)));
}

Result<Address> Brokers::find(std::string_view text) const {
    auto address = split(text);
    if (!address) return address;
    if (own(*address->broker).has(address->topic)) {
        return Error(Errc::not_authorized, "servers speak to each other there, and nobody else");
    }
    if (is_topic_name(address->topic)) return address;
    return Error(Errc::invalid_topic,
                 fmt::format("\"{}\" cannot name a topic: {}", excerpt(address->topic),
                             traits_of(Errc::invalid_topic).meaning));
}

}  // namespace gateway
