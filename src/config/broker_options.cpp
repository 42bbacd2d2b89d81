#include "config/broker_options.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "config/access.hpp"
#include "config/error.hpp"
#include "config/keys.hpp"
#include "config/suggestion.hpp"

namespace gateway::config {
namespace {

constexpr std::uint16_t kafka_port = 9092;

std::string address_of(const Access::Host& host, std::uint16_t standard_port) {
    const bool is_ipv6 = host.name.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", host.name, is_ipv6 ? "]" : "",
                       host.port ? host.port : standard_port);
}

/// Access in librdkafka's words; what the entry says in these words itself stands over it.
void enter(const Access& access, kafka::Options::Properties& properties) {
    const auto set = [&](const char* name, const std::string& value) {
        if (!value.empty()) properties.emplace(name, value);
    };
    std::string servers;
    for (const Access::Host& host : access.hosts) {
        servers.append(servers.empty() ? "" : ",").append(address_of(host, kafka_port));
    }
    set("bootstrap.servers", servers);
    const std::string_view transport = access.tls.enabled ? "ssl" : "plaintext";
    if (access.user) {
        set("security.protocol", fmt::format("sasl_{}", transport));
        set("sasl.mechanisms", "PLAIN");
        set("sasl.username", *access.user);
        set("sasl.password", access.password.value_or(""));
    } else if (access.tls.enabled) {
        set("security.protocol", "ssl");
    }
    set("ssl.ca.location", access.tls.ca);
    set("ssl.certificate.location", access.tls.cert);
    set("ssl.key.location", access.tls.key);
    if (!access.tls.verify) set("enable.ssl.certificate.verification", "false");
}

/// Applies what is left of an entry's settings as those of the group of its kind.
void apply_own(const BrokerEntry& entry, const std::vector<Setting>& settings,
               const PropertyCheck& check, Config& config) {
    for (Setting setting : settings) {
        setting.key = fmt::format("{}.{}", entry.kind, setting.key);
        if (!find_key(setting.key) && !is_property(setting.key)) {
            const std::string word = setting.key.substr(entry.kind.size() + 1);
            throw Error(fmt::format("{}: a broker of kind {} has no such key{}", setting.where,
                                    entry.kind, suggestion(word, words_of(entry.kind))));
        }
        apply(setting, check, config);
    }
}

BrokerOptions make_kafka(const BrokerEntry& entry, const Config& base, const PropertyCheck& check) {
    std::vector<Setting> settings = entry.settings;
    const Access access = take_access(settings);
    Config own = base;
    own.kafka.common.clear();
    own.kafka.producer.clear();
    own.kafka.consumer.clear();
    own.kafka.name = entry.name;
    apply_own(entry, settings, check, own);
    if (access.vhost) {
        throw Error(fmt::format("{}: vhost is not for a kafka broker", entry.where));
    }
    enter(access, own.kafka.common);
    if (!own.uses_kafka()) {
        throw Error(fmt::format("{}: lacks hosts, a list of host:port", entry.where));
    }
    return std::move(own.kafka);
}

/// Access in the words of amqp/; what is left out stays as it is.
void enter(const Access& access, amqp::Options& options) {
    if (!access.hosts.empty()) options.hosts.clear();
    for (const Access::Host& host : access.hosts) options.hosts.push_back({host.name, host.port});
    if (access.user) options.user = *access.user;
    if (access.password) options.password = *access.password;
    if (access.vhost) options.vhost = *access.vhost;
    options.tls = {.enabled = access.tls.enabled,
                   .ca = access.tls.ca,
                   .cert = access.tls.cert,
                   .key = access.tls.key,
                   .verify = access.tls.verify};
}

BrokerOptions make_amqp(const BrokerEntry& entry, const Config& base, const PropertyCheck& check) {
    std::vector<Setting> settings = entry.settings;
    const Access access = take_access(settings);
    Config own = base;
    own.amqp.name = entry.name;
    apply_own(entry, settings, check, own);
    if (access.hosts.empty()) {
        throw Error(fmt::format("{}: lacks hosts, a list of host:port", entry.where));
    }
    enter(access, own.amqp);
    return std::move(own.amqp);
}

BrokerOptions make_memory(const BrokerEntry& entry, const Config& base,
                          const PropertyCheck& check) {
    std::vector<Setting> settings = entry.settings;
    const Access access = take_access(settings);
    if (!access.where.empty()) {
        throw Error(fmt::format("{}: is not for a memory broker, which is in this process",
                                access.where.front()));
    }
    Config own = base;
    own.memory.name = entry.name;
    apply_own(entry, settings, check, own);
    return std::move(own.memory);
}

struct Kind {
    std::string_view name;
    BrokerOptions (*make)(const BrokerEntry&, const Config&, const PropertyCheck&);
};

constexpr Kind kinds[] = {{"kafka", make_kafka}, {"amqp", make_amqp}, {"memory", make_memory}};

}  // namespace

const std::vector<std::string>& broker_kinds() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const Kind& kind : kinds) all.emplace_back(kind.name);
        return all;
    }();
    return names;
}

BrokerOptions make_broker(const BrokerEntry& entry, const Config& base,
                          const PropertyCheck& check) {
    return std::ranges::find(kinds, entry.kind, &Kind::name)->make(entry, base, check);
}

std::vector<BrokerOptions> make_brokers(const std::vector<BrokerEntry>& entries, const Config& base,
                                        const PropertyCheck& check) {
    std::vector<BrokerOptions> brokers;
    if (base.uses_kafka()) brokers.emplace_back(base.kafka);
    std::size_t standard = 0;
    for (const BrokerEntry& entry : entries) {
        if (base.uses_kafka() && entry.name == base.kafka.name) {
            throw Error(
                fmt::format("{}: {} is the Kafka of kafka.bootstrap.servers; give one of "
                            "them another name, that one by kafka.name",
                            entry.where, entry.name));
        }
        if (entry.is_default) standard = brokers.size();
        brokers.push_back(make_broker(entry, base, check));
    }
    if (brokers.empty()) brokers.emplace_back(base.memory);
    const auto first = brokers.begin() + static_cast<std::ptrdiff_t>(standard);
    std::rotate(brokers.begin(), first, first + 1);
    return brokers;
}

std::vector<std::string> words_of(std::string_view kind) {
    std::vector<std::string> words = access_words();
    const std::string group = fmt::format("{}.", kind);
    for (const Key& key : keys()) {
        if (key.name.starts_with(group)) words.emplace_back(key.name.substr(group.size()));
    }
    return words;
}

}  // namespace gateway::config
