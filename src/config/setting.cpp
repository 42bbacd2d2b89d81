#include "config/setting.hpp"

#include <netdb.h>

#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "config/error.hpp"
#include "config/keys.hpp"
#include "config/suggestion.hpp"

namespace gateway::config {
namespace {

/// Properties that we set ourselves, or that would not do what they seem to.
struct Refused {
    std::string_view name;
    std::string_view instead;
};

constexpr std::array refused{
    Refused{"group.id", "the group is a subscription's; consumer.group is the default one"},
    Refused{"metadata.broker.list", "use kafka.bootstrap.servers"},
};

/// Athena's word for `websocket.address`.
constexpr std::string_view hostname = "websocket.hostname";

/// The address that a host's name stands for.
Setting with_address(const Setting& setting) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string name = setting.value.value_or("");
    if (name.empty() || getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) {
        throw Error(fmt::format("{}: \"{}\" is not a host with an address", setting.where, name));
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
    std::array<char, NI_MAXHOST> text{};
    getnameinfo(found->ai_addr, found->ai_addrlen, text.data(), text.size(), nullptr, 0,
                NI_NUMERICHOST);
    return {.key = "websocket.address", .value = text.data(), .where = setting.where};
}

void apply_property(const Setting& setting, const PropertyCheck& check, kafka::Options& options) {
    constexpr std::string_view common = "kafka.";
    constexpr std::string_view producer = "kafka.producer.";
    constexpr std::string_view consumer = "kafka.consumer.";

    const bool for_producer = setting.key.starts_with(producer);
    const bool for_consumer = setting.key.starts_with(consumer);
    const std::string_view prefix = for_producer ? producer : for_consumer ? consumer : common;
    const std::string name = setting.key.substr(prefix.size());

    if (!setting.value) {
        throw Error(fmt::format("{}: null is not a value of librdkafka", setting.where));
    }
    if (setting.key == "kafka.bootstrap.servers" && setting.value->empty()) {
        throw Error(
            fmt::format("{}: is empty; name one broker at least, as host:port, or leave it "
                        "out for the embedded broker",
                        setting.where));
    }
    for (const auto& entry : refused) {
        if (entry.name == name) {
            throw Error(fmt::format("{}: cannot be set here; {}", setting.where, entry.instead));
        }
    }
    if (const auto wrong = check ? check(name, *setting.value) : std::nullopt) {
        throw Error(fmt::format("{}: {}", setting.where, *wrong));
    }

    auto& properties = for_producer   ? options.producer
                       : for_consumer ? options.consumer
                                      : options.common;
    properties[name] = *setting.value;
}

}  // namespace

bool is_property(std::string_view key) {
    // librdkafka's names have no underscore and ours of this group have, all but kafka.name: so a
    // misspelt key of ours is not taken for one of librdkafka's.
    return key.starts_with("kafka.") && key.find('_') == std::string_view::npos && !find_key(key);
}

void apply(const Setting& setting, const PropertyCheck& check, Config& config) {
    if (setting.key == hostname) return apply(with_address(setting), check, config);
    if (is_property(setting.key)) return apply_property(setting, check, config.kafka);

    const Key* const key = find_key(setting.key);
    if (!key) {
        throw Error(fmt::format("{}: there is no such key{}", setting.where,
                                suggestion(setting.key, key_names())));
    }
    if (!setting.value && !key->is_optional) {
        throw Error(fmt::format("{}: null is not {}", setting.where, key->allowed));
    }
    const std::string value = setting.value.value_or("null");
    if (!key->read(config, value)) {
        throw Error(fmt::format("{}: \"{}\" is not {}", setting.where, value, key->allowed));
    }
}

}  // namespace gateway::config
