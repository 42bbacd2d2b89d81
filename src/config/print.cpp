#include "config/print.hpp"

#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "config/keys.hpp"

namespace gateway::config {
namespace {

std::string_view group_of(const Key& key) { return key.name.substr(0, key.name.find('.')); }
std::string_view last_of(const Key& key) { return key.name.substr(key.name.find('.') + 1); }

/// `allowed` as a sentence of its own.
std::string sentence_of(const Key& key) {
    std::string sentence = key.allowed;
    if (sentence[0] >= 'a' && sentence[0] <= 'z') sentence[0] -= 'a' - 'A';
    return sentence;
}

std::string quoted(const std::string& text) {
    YAML::Emitter out;
    out << YAML::DoubleQuoted << text;
    return out.c_str();
}

constexpr std::string_view property_rows =
    "| `kafka.bootstrap.servers` | none | a list of host:port | The Kafka to use; without it the "
    "embedded broker serves. |\n"
    "| `kafka.NAME` | librdkafka's or ours | librdkafka's | Any property of librdkafka, for "
    "producers and consumers. |\n"
    "| `kafka.producer.NAME`, `kafka.consumer.NAME` | librdkafka's or ours | librdkafka's | "
    "The same, for one of the two. |\n";

void append_properties(const kafka::Options::Properties& properties, std::string_view indent,
                       std::string& out) {
    for (const auto& [name, value] : properties) {
        fmt::format_to(std::back_inserter(out), "{}{}: {}\n", indent, quoted(name), quoted(value));
    }
}

void append_kafka(const kafka::Options& options, std::string& out) {
    out +=
        "  # Any property of librdkafka, by its own name; those under producer and consumer only\n"
        "  # for these. bootstrap.servers, a list of host:port, makes the server use this Kafka;\n"
        "  # without it, it uses its embedded broker.\n";
    if (options.common.empty()) out += "  # bootstrap.servers: 127.0.0.1:9092\n";
    append_properties(options.common, "  ", out);
    out += "  producer:\n";
    if (options.producer.empty()) out += "    # linger.ms: 5\n";
    append_properties(options.producer, "    ", out);
    out += "  consumer:\n";
    if (options.consumer.empty()) out += "    # fetch.wait.max.ms: 100\n";
    append_properties(options.consumer, "    ", out);
}

/// The keys of an entry that are those of its kind's group.
void append_own(std::string_view kind, const Config& own, std::string& out) {
    for (const Key& key : keys()) {
        if (group_of(key) != kind || last_of(key) == "name") continue;
        const std::string value = key.write(own);
        fmt::format_to(std::back_inserter(out), "    {}: {}\n", last_of(key),
                       key.is_text ? quoted(value) : value);
    }
}

void append_head(std::string_view name, std::string_view kind, bool is_default, std::string& out) {
    fmt::format_to(std::back_inserter(out), "  - name: {}\n    kind: {}\n",
                   quoted(std::string(name)), kind);
    if (is_default) out += "    default: true\n";
}

void append_broker(const kafka::Options& options, bool is_default, std::string& out) {
    append_head(options.name, "kafka", is_default, out);
    Config own;
    own.kafka = options;
    append_own("kafka", own, out);
    append_properties(options.common, "    ", out);
    const auto append_part = [&](std::string_view part, const kafka::Options::Properties& some) {
        if (some.empty()) return;
        fmt::format_to(std::back_inserter(out), "    {}:\n", part);
        append_properties(some, "      ", out);
    };
    append_part("producer", options.producer);
    append_part("consumer", options.consumer);
}

void append_broker(const amqp::Options& options, bool is_default, std::string& out) {
    append_head(options.name, "amqp", is_default, out);
    const auto add = [&](std::string_view key, const std::string& value) {
        fmt::format_to(std::back_inserter(out), "    {}: {}\n", key, value);
    };
    out += "    hosts:\n";
    for (const amqp::Host& host : options.hosts) {
        const bool is_ipv6 = host.name.find(':') != std::string::npos;
        const std::string name = is_ipv6 ? '[' + host.name + ']' : host.name;
        const std::string port = host.port == 0 ? "" : fmt::format(":{}", host.port);
        fmt::format_to(std::back_inserter(out), "      - {}\n", quoted(name + port));
    }
    add("user", quoted(options.user));
    add("password", quoted(options.password));
    add("vhost", quoted(options.vhost));
    add("tls", options.tls.enabled ? "true" : "false");
    for (const auto& [key, file] :
         {std::pair("tls.ca", options.tls.ca), std::pair("tls.cert", options.tls.cert),
          std::pair("tls.key", options.tls.key)}) {
        if (!file.empty()) add(key, quoted(file));
    }
    if (!options.tls.verify) add("tls.verify", "false");
    Config own;
    own.amqp = options;
    append_own("amqp", own, out);
}

void append_broker(const memory::Options& options, bool is_default, std::string& out) {
    append_head(options.name, "memory", is_default, out);
    Config own;
    own.memory = options;
    append_own("memory", own, out);
}

void append_brokers(const Config& config, std::string& out) {
    out +=
        "\n# Several brokers, each with a name and what the group of its kind takes; the first, or "
        "the one\n# that is the default, serves what names none.\n";
    std::string entries;
    for (const BrokerOptions& options : config.brokers) {
        const bool is_first = &options == config.brokers.data();
        const auto append = [&](const auto& own) {
            const bool is_of_group = config.uses_kafka() && own.name == config.kafka.name;
            if (!is_of_group) append_broker(own, is_first, entries);
        };
        if (config.names_brokers) std::visit(append, options);
    }
    out += entries.empty() ? "# brokers:\n#   - {name: other, kind: kafka, hosts: 127.0.0.1:9092}\n"
                           : "brokers:\n" + entries;
}

std::string_view target_of(routing::RouteOptions::Target target) {
    using Target = routing::RouteOptions::Target;
    switch (target) {
        case Target::queue:
            return "queue";
        case Target::topic:
            return "topic";
        case Target::exchange:
            return "exchange";
    }
    return "queue";
}

void append_route(const routing::RouteOptions& route, std::string& out) {
    const auto add = [&](std::string_view key, const std::string& value) {
        if (!value.empty()) fmt::format_to(std::back_inserter(out), "    {}: {}\n", key, value);
    };
    const auto add_text = [&](std::string_view key, const std::string& value) {
        if (!value.empty()) add(key, quoted(value));
    };
    fmt::format_to(std::back_inserter(out), "  - {}: {}\n", target_of(route.target),
                   quoted(route.name));
    add_text("routing_key", route.routing_key);
    add_text("broker", route.broker);
    add_text("encoder", route.encoder);
    add_text("field", route.field);
    add("value", route.value);
    add("filter", route.filter);
    add("default", route.is_default ? "true" : "");
}

void append_routes(const Config& config, std::string& out) {
    out +=
        "\n# Where messages go that are none of the protocol's: each to every route that takes "
        "it.\n";
    out += config.routing.routes.empty()
               ? "# routes:\n#   - {field: type, value: order, queue: orders}\n"
               : "routes:\n";
    for (const auto& route : config.routing.routes) append_route(route, out);
}

}  // namespace

std::string write_yaml(const Config& config) {
    std::string out =
        "# Settings of kafka-ws. Durations: ms, s, m, h; a plain number is ms. Sizes: "
        "KiB, MiB, GiB;\n# a plain number is bytes.\n";
    const Config defaults;
    std::string_view group;
    const auto end_group = [&] {
        if (group == "kafka") append_kafka(config.kafka, out);
    };
    for (const Key& key : keys()) {
        if (group != group_of(key)) {
            end_group();
            group = group_of(key);
            fmt::format_to(std::back_inserter(out), "\n{}:\n", group);
        }
        const std::string value = key.write(config);
        fmt::format_to(std::back_inserter(out), "  # {}\n  # {}; default {}.\n  {}: {}\n",
                       key.sentence, sentence_of(key), key.write(defaults), last_of(key),
                       key.is_text ? quoted(value) : value);
    }
    end_group();
    append_brokers(config, out);
    append_routes(config, out);
    return out;
}

std::string write_markdown() {
    std::string out = "| key | default | allowed | what it is for |\n|---|---|---|---|\n";
    const Config defaults;
    std::string_view group;
    for (const Key& key : keys()) {
        if (group != group_of(key) && group_of(key) == "kafka") out += property_rows;
        group = group_of(key);
        fmt::format_to(std::back_inserter(out), "| `{}` | `{}` | {} | {} |\n", key.name,
                       key.write(defaults), key.allowed, key.sentence);
    }
    return out;
}

std::string write_help() {
    std::string out = R"(kafka-ws: browsers and services talk to Kafka over WebSocket

Usage: kafka-ws [-c FILE] [--KEY VALUE | --KEY=VALUE]...

  -c, --config FILE        Read settings from a YAML or JSON file
      --check-config       Say whether the settings are good, and end
      --print-config       Print the settings in force as a commented YAML file, passwords too
      --print-config=markdown
                           Print the table of all keys
      --version            Print the version
  -h, --help               Print this

Without kafka.bootstrap.servers the server uses its embedded broker, which holds records in memory:
they end with the process.

Settings come from, the later over the earlier: defaults, the file, the environment, flags. Every
key is a flag and a variable: websocket.port is --websocket.port and KAFKA_WS_WEBSOCKET_PORT.
Durations are milliseconds, or a number with ms, s, m or h. Sizes are bytes, or a number with KiB,
MiB or GiB. Variables that begin with KAFKA_WS_ and are no setting stop the start, but for
KAFKA_WS_BINARY, KAFKA_WS_PORT, KAFKA_WS_PORT_... and KAFKA_WS_SERVICE_..., which are ignored.

Kafka: every property of librdkafka, by its own name
  --kafka.bootstrap.servers HOST:PORT,...
      The Kafka to use. KAFKA_WS_KAFKA_BOOTSTRAP_SERVERS: in variables, _ stands for the dots.
  --kafka.NAME, --kafka.producer.NAME, --kafka.consumer.NAME
      For producers and consumers, or for one of the two.

Several brokers: the list brokers, which is begun in the file
  brokers: [{name: NAME, kind: kafka, amqp or memory, hosts: HOST:PORT,..., default: true, ...}]
      And user, password, vhost, tls (true, or ca, cert, key, verify), and what the group of its kind takes.
      Clients write NAME:topic for a topic of a broker that is not the default one.
  --brokers.NAME.KEY VALUE
      Changes what the file says of one. KAFKA_WS_BROKERS_NAME_KEY.

Routes: where messages go whose "t" is none of the protocol's; the list routes, in the file only
  routes: [{field: type, value: order, queue: orders, broker: NAME, ...}]
)";
    const Config defaults;
    std::string_view group;
    for (const Key& key : keys()) {
        if (group != group_of(key)) {
            group = group_of(key);
            fmt::format_to(std::back_inserter(out), "\n{}\n", group);
        }
        fmt::format_to(std::back_inserter(out), "  --{} {}\n      {}\n      {}.\n", key.name,
                       key.write(defaults), key.sentence, sentence_of(key));
    }
    return out;
}

}  // namespace gateway::config
