#include "kafka/properties.hpp"

#include <array>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "kafka/check_property.hpp"

namespace gateway::kafka {

namespace {

struct Default {
    const char* name;
    const char* value;
};

constexpr std::array common_defaults{
    Default{"client.id", "kafka-ws"},
    Default{"reconnect.backoff.max.ms", "2000"},  // A broker that is back is found soon.
    // Of the topics of one handle: a thousand handles ask the brokers 17 times a second.
    Default{"topic.metadata.refresh.interval.ms", "60000"},
};

// A connection's queue is bounded; a topic that does not exist is reported within seconds, and a
// broker that is gone within half a minute.
constexpr std::array producer_defaults{
    Default{"acks", "all"},
    Default{"enable.idempotence", "true"},
    Default{"linger.ms", "5"},
    Default{"queue.buffering.max.messages", "100000"},
    Default{"queue.buffering.max.kbytes", "16384"},
    Default{"message.timeout.ms", "30000"},
    Default{"topic.metadata.propagation.max.ms", "5000"},
};

// While one request is under way the next one gathers: nothing waits at rest, and under load
// requests grow instead of their number.
constexpr std::array immediate_defaults{Default{"linger.ms", "0"},
                                        Default{"max.in.flight.requests.per.connection", "1"}};

// `auto.offset.reset` is for a place that has expired: the start of a group that never committed is
// not left to it.
constexpr std::array consumer_defaults{
    Default{"heartbeat.interval.ms", "1000"},  // By which a member hears that others came or left.
    Default{"auto.commit.interval.ms", "500"},     Default{"auto.offset.reset", "earliest"},
    Default{"queued.max.messages.kbytes", "4096"}, Default{"fetch.message.max.bytes", "1048576"},
    Default{"fetch.max.bytes", "4194304"},
};

// A partition that is added while others have nothing waits for as long as their question does.
constexpr std::array reader_defaults{Default{"fetch.wait.max.ms", "100"}};

// What FetchWake is for, in versions of librdkafka that have it.
constexpr Default fetch_backoff{"fetch.queue.backoff.ms", "10"};

// What the gateway's promises rest on.
constexpr std::array consumer_rules{
    Default{"enable.auto.commit", "true"}, Default{"enable.auto.offset.store", "false"},
    Default{"enable.partition.eof", "false"},
    Default{"auto.offset.reset", "error"},  // Nothing is left out unsaid: see OffsetReset.
};

// A topic that was deleted stays so.
constexpr std::array reader_rules{
    Default{"allow.auto.create.topics", "false"},
    Default{"enable.auto.commit", "false"},
    Default{"enable.partition.eof", "true"},
};

struct Refused {
    std::string_view name;
    std::string_view reason;
};

constexpr std::array refused{
    Refused{"group.id", "a subscription names its group, or consumer.group is used"},
    Refused{"group.instance.id", "each subscription is a member of its own"},
    Refused{"transactional.id", "sends are not part of transactions"},
    Refused{"enable.auto.commit", "the gateway commits what it has written to the client"},
    Refused{"auto.commit.enable", "the gateway commits what it has written to the client"},
    Refused{"enable.auto.offset.store", "the gateway commits what it has written to the client"},
    Refused{"enable.partition.eof", "the gateway sets it"},
    Refused{"delivery.report.only.error", "the gateway needs every delivery report"},
    Refused{"log.queue", "the gateway reads librdkafka's log its own way"},
};

std::optional<std::string> set(rd_kafka_conf_t* conf, const std::string& name,
                               const std::string& value) {
    std::array<char, 512> reason{};
    const auto result =
        rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size());
    if (result == RD_KAFKA_CONF_OK) return std::nullopt;
    return std::string(reason.data());
}

void set_defaults(rd_kafka_conf_t* conf, std::span<const Default> defaults) {
    for (const auto& [name, value] : defaults) {
        if (const auto reason = set(conf, name, value)) throw std::runtime_error(*reason);
    }
}

std::optional<std::string> set_unless_refused(rd_kafka_conf_t* conf, const std::string& name,
                                              const std::string& value) {
    for (const auto& rule : refused) {
        if (rule.name == name) return fmt::format("cannot be set: {}", rule.reason);
    }
    return set(conf, name, value);
}

void set_all(rd_kafka_conf_t* conf, std::string_view prefix,
             const Options::Properties& properties) {
    for (const auto& [name, value] : properties) {
        if (const auto reason = set_unless_refused(conf, name, value)) {
            throw std::runtime_error(fmt::format("{}{}: {}", prefix, name, *reason));
        }
    }
}

const std::string* find(const Options::Properties& properties, const std::string& name) {
    const auto found = properties.find(name);
    return found == properties.end() ? nullptr : &found->second;
}

// Idempotence needs acks=all: whoever asks for less has chosen against it.
bool asks_for_fewer_acks(const Options& options) {
    for (const auto* properties : {&options.common, &options.producer}) {
        for (const char* name : {"acks", "request.required.acks"}) {
            const auto* acks = find(*properties, name);
            if (acks != nullptr && *acks != "all" && *acks != "-1") return true;
        }
    }
    return false;
}

std::string value_of(const rd_kafka_conf_t* conf, const char* name) {
    std::array<char, 512> value{};
    std::size_t size = value.size();
    if (rd_kafka_conf_get(conf, name, value.data(), &size) != RD_KAFKA_CONF_OK) return {};
    return value.data();
}

OffsetReset to_offset_reset(const std::string& value) {
    if (value == "error") return OffsetReset::error;
    const bool is_latest = value == "latest" || value == "largest" || value == "end";
    return is_latest ? OffsetReset::latest : OffsetReset::earliest;
}

Conf copy(const Conf& conf) { return Conf(rd_kafka_conf_dup(conf.get())); }

}  // namespace

std::optional<std::string> check_property(const std::string& name, const std::string& value) {
    const Conf conf(rd_kafka_conf_new());
    return set_unless_refused(conf.get(), name, value);
}

Properties::Properties(const Options& options)
    : log_(std::make_unique<Log>()), control_(rd_kafka_conf_new()) {
    for (const char* name : {"bootstrap.servers", "metadata.broker.list"}) {
        if (const auto* servers = find(options.common, name)) servers_ = *servers;
    }
    if (servers_.empty()) throw std::runtime_error("kafka.bootstrap.servers is missing");

    log_->attach(control_.get());
    set_defaults(control_.get(), common_defaults);
    producer_ = copy(control_);
    consumer_ = copy(control_);
    reader_ = copy(control_);

    rd_kafka_conf_set_events(control_.get(), RD_KAFKA_EVENT_ERROR);
    set_all(control_.get(), "kafka.", options.common);

    rd_kafka_conf_set_events(producer_.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    set_defaults(producer_.get(), producer_defaults);
    if (options.immediate) set_defaults(producer_.get(), immediate_defaults);
    if (asks_for_fewer_acks(options)) {
        set_defaults(producer_.get(), std::array{Default{"enable.idempotence", "false"}});
    }
    set_all(producer_.get(), "kafka.", options.common);
    set_all(producer_.get(), "kafka.producer.", options.producer);

    set_defaults(reader_.get(), reader_defaults);
    for (auto* conf : {consumer_.get(), reader_.get()}) {
        set_defaults(conf, consumer_defaults);
        static_cast<void>(set(conf, fetch_backoff.name, fetch_backoff.value));
        set_all(conf, "kafka.", options.common);
        set_all(conf, "kafka.consumer.", options.consumer);
        offset_reset_ = to_offset_reset(value_of(conf, "auto.offset.reset"));
        set_defaults(conf, consumer_rules);
    }
    rd_kafka_conf_set_events(consumer_.get(), RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR |
                                                  RD_KAFKA_EVENT_OFFSET_COMMIT);
    set_defaults(reader_.get(), reader_rules);

    const auto isolation = value_of(consumer_.get(), "isolation.level");
    const char* creates = creates_topics() ? "true" : "false";
    set_defaults(control_.get(), std::array{Default{"isolation.level", isolation.c_str()},
                                            Default{"allow.auto.create.topics", creates}});
}

Conf Properties::control() const { return copy(control_); }
Conf Properties::producer() const { return copy(producer_); }
Conf Properties::reader() const { return copy(reader_); }

Conf Properties::consumer(const std::string& group) const {
    Conf conf = copy(consumer_);
    set_defaults(conf.get(), std::array{Default{"group.id", group.c_str()}});
    return conf;
}

bool Properties::creates_topics() const {
    return value_of(consumer_.get(), "allow.auto.create.topics") == "true";
}

std::chrono::milliseconds Properties::session_timeout() const {
    return std::chrono::milliseconds(std::stoi(value_of(consumer_.get(), "session.timeout.ms")));
}

Handle open_handle(rd_kafka_type_t type, Conf conf, std::string& reason) {
    std::array<char, 512> text{};
    Handle handle(rd_kafka_new(type, conf.get(), text.data(), text.size()));
    if (handle) {
        // The handle owns its configuration now.
        static_cast<void>(conf.release());
    } else {
        reason = text.data();
    }
    return handle;
}

}  // namespace gateway::kafka
